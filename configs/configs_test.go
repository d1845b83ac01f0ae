package configs_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text == string(want) {
		return
	}
	got, wants := strings.Split(text, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(wants)) {
		var a, b string
		if i < len(got) {
			a = got[i]
		}
		if i < len(wants) {
			b = wants[i]
		}
		if a != b {
			t.Fatalf("%s:%d is otherwise (-update writes it anew):\n%s\nwant\n%s", file, i+1, a, b)
		}
	}
}

// example reads an annotated example.
func example(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func company(t testing.TB, text string) *fmc.Company {
	t.Helper()
	c, err := configs.ReadCompany("acme.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryExampleLoads(t *testing.T) {
	entries, err := os.ReadDir("examples")
	if err != nil || len(entries) < 3 {
		t.Fatal(entries, err)
	}
	var machine *configs.Machine
	companies := 0
	for _, e := range entries {
		text := example(t, e.Name())
		if !configs.IsCompany(text) {
			if machine, err = configs.ReadMachine(e.Name(), text); err != nil {
				t.Error(err)
			}
		}
	}
	for _, e := range entries {
		text := example(t, e.Name())
		if !configs.IsCompany(text) {
			continue
		}
		companies++
		c, err := configs.ReadCompany(e.Name(), text)
		if err != nil {
			t.Error(err)
		} else if err := machine.Granted(c); err != nil {
			t.Errorf("%s: the example of a machine grants it too little: %v", e.Name(), err)
		}
	}
	if companies < 2 {
		t.Error("examples of companies are missing")
	}
}

func TestEveryCarrierProfileLoads(t *testing.T) {
	files, err := filepath.Glob("carriers/*.yaml")
	if err != nil || len(files) < 2 || len(files) != len(configs.Carriers()) {
		t.Fatal(files, configs.Carriers(), err)
	}
	for _, name := range configs.Carriers() {
		text := fmt.Sprintf("trunks:\n  - id: a\n    profile: {country: RU}\n    carrier: %s\n    from: [192.0.2.1]\n", name)
		m, err := configs.ReadMachine("roadline.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := m.Trunks[0].Form; len(f.Sources) == 0 || len(m.Trunks[0].Codecs) == 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAnEmptyMachineFileWorks(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "{}"} {
		m, err := configs.ReadMachine("/etc/roadline/roadline.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if m.Node == "" || m.Data != "/etc/roadline/data" || m.Socket != "/etc/roadline/data/roadline.sock" || m.Recording.Spool != "/etc/roadline/data/recordings" {
			t.Errorf("%+v", m)
		}
		if m.Database != "" || len(m.Trunks) > 0 || len(m.SIP.UDP) > 0 || m.Media.From != 20000 || m.Media.To != 29999 || m.Log.Level != "info" || m.Log.Format != "text" {
			t.Errorf("%+v", m)
		}
	}
}

func TestACompanyWithoutRulesMayNotCallAbroadNorPremium(t *testing.T) {
	c := company(t, "company: acme\ncountry: RU\n")
	if d := c.Rules.Dialling; d.Abroad || d.Premium || len(d.Countries) > 0 {
		t.Errorf("%+v", d)
	}
	if r := c.Rules.Recording; r.Inbound || r.Outbound || r.Internal {
		t.Errorf("%+v", r)
	}
}

func TestADocumentIsReadAsItStands(t *testing.T) {
	c := company(t, string(example(t, "acme.yaml")))
	ivanov, _ := c.Employee("ivanov")
	petrov, _ := c.Employee("petrov")
	if len(ivanov.Ring) != 2 || ivanov.Ring[1].After != 6*time.Second || !ivanov.Ring[1].Confirm || ivanov.Ring[0].Confirm {
		t.Errorf("%+v", ivanov.Ring)
	}
	if len(petrov.Ring) != 1 || !petrov.Ring[0].Confirm || petrov.Ring[0].For != 25*time.Second || petrov.Devices[0].Number.E164 != "+79167654321" {
		t.Errorf("%+v", petrov)
	}
	if e, d, ok := c.Account("ivanov-desk"); !ok || e.ID != "ivanov" || !d.Fixed || d.Site != "office" {
		t.Errorf("%+v", d)
	}
	if n, _ := c.NumberOf("+74951234568"); n.Owner != "petrov" || n.Proof.Ref != "17/2026" || !n.Proof.Until.Equal(time.Date(2027, 12, 31, 21, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", n)
	}
	if r := c.Rules.Recording; !r.Inbound || !r.Outbound || !r.Groups["sales"].FailClosed || r.Groups["sales"].Off {
		t.Errorf("%+v", r)
	}
	at := func(s string) bool {
		moment, err := time.ParseInLocation("2006-01-02 15:04", s, c.Profile.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return c.OpenAt("work", moment)
	}
	for when, open := range map[string]bool{
		"2026-11-23 08:59": false, "2026-11-23 09:00": true, "2026-11-23 13:00": false, "2026-11-23 14:00": true, "2026-11-23 18:00": false,
		"2026-11-22 10:00": false, "2026-12-31 10:00": false, "2026-11-04 10:00": false, // a holiday of the calendar
	} {
		if at(when) != open {
			t.Errorf("at %s open is %v", when, !open)
		}
	}
	if len(c.Tests) != 4 || c.Tests[0].Name != "Mon 2026-11-23 10:00 +79120000001 → +74951234567, keys 1" || c.Tests[2].Account != "ivanov-desk" {
		t.Errorf("%+v", c.Tests)
	}
}

func TestAGrantOfABlockIsEveryNumberOfIt(t *testing.T) {
	m, err := configs.ReadMachine("roadline.yaml", example(t, "roadline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	g, ok := m.Grant("acme", "carrier-a")
	if !ok || len(g.Numbers) != 100 || !g.Out || g.Numbers[0].E164 != "+74951234500" || g.Numbers[99].E164 != "+74951234599" {
		t.Errorf("%d numbers, %v", len(g.Numbers), ok)
	}
	if g, ok := m.Grant("shop", "carrier-a"); !ok || g.Out || len(g.Numbers) != 1 {
		t.Errorf("%+v", g)
	}
	for _, x := range [][2]string{{"acme", "carrier-b"}, {"nobody", "carrier-a"}} {
		if _, ok := m.Grant(fmc.CompanyID(x[0]), fmc.TrunkID(x[1])); ok {
			t.Error(x)
		}
	}
}

func TestATrunkOfOneCompanyIsItsAlone(t *testing.T) {
	const trunk = "{id: %s, from: [192.0.2.%d], profile: {country: RU}, grants: [%s]}"
	text := "trunks: [" + strings.Join([]string{
		fmt.Sprintf(trunk, "own", 1, "{company: acme}"), fmt.Sprintf(trunk, "shared", 2, "{company: acme}, {company: shop}"), fmt.Sprintf(trunk, "free", 3, ""),
	}, ", ") + "]\n"
	m, err := configs.ReadMachine("roadline.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for trunk, want := range map[fmc.TrunkID]fmc.CompanyID{"own": "acme", "shared": "", "free": "", "none": ""} {
		if got := m.Alone(trunk); got != want {
			t.Errorf("%s: %q, want %q", trunk, got, want)
		}
	}
}

func TestWhatIsClaimedWithoutAGrantIsDeniedOneByOne(t *testing.T) {
	m, err := configs.ReadMachine("roadline.yaml", example(t, "roadline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c := company(t, `company: acme
country: RU
sites: [{id: office, emergency: {trunk: carrier-b, number: "+74951234567"}}]
numbers:
  - {e164: "+74951234567", trunk: carrier-a}
  - {e164: "+74951234600", trunk: carrier-a}
  - {e164: "+74951234568", trunk: carrier-b}
sims:
  - {iccid: "8970101234567890131", number: "+79031112244"}
  - {iccid: "8970100000000000013", number: "+79031112255"}
`)
	err = m.Granted(c)
	if lines := configs.Lines(err); !errors.Is(err, cause.Denied) || len(lines) != 5 {
		t.Fatal(err)
	}
	golden(t, "grants.txt", err.Error()+"\n")
	if err := m.Granted(company(t, "company: acme\ncountry: RU\n")); err != nil {
		t.Error(err)
	}
}

func TestAtMostTwentyErrorsAreTold(t *testing.T) {
	var text strings.Builder
	text.WriteString("company: acme\ncountry: RU\nemployees:\n")
	for i := range 50 {
		fmt.Fprintf(&text, "  - {id: p%d, name: P, extension: \"1\"}\n", i)
	}
	_, err := configs.ReadCompany("acme.yaml", []byte(text.String()))
	lines := configs.Lines(err)
	if len(lines) != 21 || !strings.HasPrefix(lines[0], "acme.yaml:4: ") || !strings.HasPrefix(lines[19], "acme.yaml:23: ") || lines[20] != "acme.yaml: and 30 more" {
		t.Fatalf("%d: %v", len(lines), err)
	}
	if lines := configs.Lines(nil); lines != nil {
		t.Error(lines)
	}
	if lines := configs.Lines(errors.New("x")); len(lines) != 1 {
		t.Error(lines)
	}
}
