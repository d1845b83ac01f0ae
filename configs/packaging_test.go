package configs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"roadline/configs"
)

// recipe is what of the package's recipe a test looks at.
type recipe struct {
	Contents []struct {
		From string `yaml:"src"`
		To   string `yaml:"dst"`
		Type string `yaml:"type"`
	} `yaml:"contents"`
	Scripts map[string]string `yaml:"scripts"`
}

func TestThePackageHoldsWhatItsServiceNames(t *testing.T) {
	text, err := os.ReadFile("packaging/nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var r recipe
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{}
	for _, x := range r.Contents {
		places[x.To] = x.Type
		if files, err := filepath.Glob(filepath.Join("..", x.From)); (err != nil || len(files) == 0) && x.From != "bin/roadline-deb" {
			t.Errorf("%s is not there: %v", x.From, err)
		}
	}
	unit, err := os.ReadFile("packaging/roadline.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ExecStart=/usr/bin/roadline serve --config /etc/roadline/roadline.yaml", "Type=notify", "WatchdogSec=", "SupplementaryGroups=dialout", "NoNewPrivileges=yes", "StateDirectory=roadline"} {
		if !strings.Contains(string(unit), "\n"+line) {
			t.Errorf("the service has no %s", line)
		}
	}
	if _, there := places["/usr/bin/roadline"]; !there || places["/etc/roadline/roadline.yaml"] != "config|noreplace" {
		t.Errorf("places %v: an upgrade must keep the machine file", places)
	}
	for when, script := range r.Scripts {
		if out, err := exec.Command("sh", "-n", filepath.Join("..", script)).CombinedOutput(); err != nil {
			t.Errorf("%s %s: %v %s", when, script, err, out)
		}
	}
}

func TestThePackagesMachineFileLoads(t *testing.T) {
	text, err := os.ReadFile("packaging/roadline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := configs.ReadMachine("/etc/roadline/roadline.yaml", text)
	if err != nil || m.Data != "/var/lib/roadline" || m.Socket != "/run/roadline/roadline.sock" {
		t.Errorf("%+v %v", m, err)
	}
	// What stands there as a comment must be right too, for whoever takes the # away.
	var all strings.Builder
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(rest, ": ") && !strings.Contains(rest, ".md") && !strings.HasPrefix(rest, "The ") {
			line = rest
		}
		all.WriteString(line)
	}
	if _, err := configs.ReadMachine("/etc/roadline/roadline.yaml", []byte(all.String())); err != nil {
		t.Error(err)
	}
}
