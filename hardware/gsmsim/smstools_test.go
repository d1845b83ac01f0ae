package gsmsim_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadline/hardware/gsmsim"
)

func TestSmstoolsSendsAndReceives(t *testing.T) {
	for _, model := range gsmsim.Makes() {
		t.Run(model.Name, func(t *testing.T) {
			t.Parallel()
			n := world(t, lively)
			card := gsmsim.NewCard(1)
			d := plug(t, n, model, card)
			if err := n.Text("+491511123456", card.Number, "hello"); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			config := "devices = M1\nlogfile = " + dir + "/log\nloglevel = 7\ndelaytime = 1\ndelaytime_mainprocess = 1\n"
			for _, folder := range []string{"outgoing", "checked", "incoming", "sent", "failed"} {
				config += folder + " = " + dir + "/" + folder + "\n"
				if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			config += fmt.Sprintf("infofile = %s/info\npidfile = %s/pid\n", dir, dir)
			config += fmt.Sprintf("[M1]\ndevice = %s\nincoming = yes\nbaudrate = 115200\nrtscts = no\nmemory_start = 1\ninit = ATE0\ninit2 = AT+CFUN=1\ncheck_network = no\nreport = yes\nloglevel = 7\n", d.Port(gsmsim.AT))
			path := write(t, filepath.Join(dir, "smsd.conf"), config)
			write(t, filepath.Join(dir, "outgoing", "x"), "To: 491511\n\nHello from smsd\n")
			start(t, nil, "smsd", "-c", path, "-t")
			t.Cleanup(func() {
				if t.Failed() {
					text, _ := os.ReadFile(filepath.Join(dir, "log"))
					t.Logf("smsd logged:\n%s", text)
				}
			})
			ctx, stop := context.WithTimeout(context.Background(), patience)
			defer stop()
			got, err := n.AwaitTexts(ctx, "491511", 1)
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Body != "Hello from smsd" || got[0].From != card.Number {
				t.Errorf("there came %+v", got[0])
			}
			until(t, "smsd has filed what came", func() bool {
				files, err := filepath.Glob(filepath.Join(dir, "incoming", "*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					text, err := os.ReadFile(f)
					if err == nil && strings.Contains(string(text), "From: 491511123456") && strings.HasSuffix(string(text), "\nhello") {
						return true
					}
				}
				return false
			})
			until(t, "smsd has filed what it sent", func() bool {
				files, err := filepath.Glob(filepath.Join(dir, "sent", "*"))
				return err == nil && len(files) == 1
			})
		})
	}
}
