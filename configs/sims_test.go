package configs_test

import (
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

func TestCardsAreReadAsTheyStand(t *testing.T) {
	c := company(t, string(example(t, "crew.yaml")))
	s, ok := c.SIM("8970101234567890131")
	if !ok || s.Number.E164 != "+79031112244" || s.Operator != "mts" || s.Person != "petrov" || s.Roaming {
		t.Fatalf("%+v", s)
	}
	if s.Package != (fmc.SIMPackage{Tariff: "Business 500", Minutes: 500, Messages: 300, Day: 15, Step: time.Minute}) {
		t.Errorf("%+v", s.Package)
	}
	if s.Limits != (fmc.SIMLimits{Calls: 60, Talk: 4 * time.Hour, Messages: 200}) {
		t.Errorf("%+v", s.Limits)
	}
	if s.Balance != (fmc.BalanceQuery{USSD: "*100#", Amount: "Баланс:? ([0-9.,]+)", Minutes: "осталось ([0-9]+) мин", Low: 50}) {
		t.Errorf("%+v", s.Balance)
	}
	at := func(day string) time.Time {
		moment, err := time.ParseInLocation(time.DateOnly, day, c.Profile.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for now, want := range map[time.Time]string{
		at("2026-01-01"): "", at("2026-01-01").Add(-time.Nanosecond): "the mandate of this SIM begins on 2026-01-01",
		at("2028-01-01"): "the mandate of this SIM ended on 2028-01-01",
	} {
		if got := s.Mandate.Allows(fmc.UseMessages, "KZ", "RU", now); got != want {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
	n, _ := c.NumberOf("+79031112244")
	if n.SIM != s.ICCID || n.Owner != "petrov" || n.Trunk != "" || n.AnswerWithin != 20*time.Second {
		t.Errorf("%+v", n)
	}
	if e, _ := c.Employee("petrov"); e.Operator != "mts" || c.Rules.Dialling.Prefer != fmc.SIMLine {
		t.Errorf("%+v", e)
	}
}

func TestACardsNumberThatStandsNowhereRingsItsPerson(t *testing.T) {
	c := company(t, `company: acme
country: RU
employees: [{id: ivanov, name: Ivan}]
sims: [{iccid: "8970101234567890123", number: "+79031112233", person: ivanov}, {iccid: "8970101234567890131", number: "+79031112244"}]
numbers: [{e164: "+79031112244", sim: "8970101234567890131", owner: ivanov}]
tests: [{at: "2026-11-23 10:00", to: "+79031112233", expect: {refused: true}}]
`)
	if n, ok := c.NumberOf("+79031112233"); !ok || n.SIM != "8970101234567890123" || n.Owner != "ivanov" || !n.Proof.IsZero() || len(c.Numbers) != 2 {
		t.Errorf("%+v", c.Numbers)
	}
	if s, _ := c.SIM("8970101234567890131"); s.Package.Day != 1 || !s.Mandate.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestACardsNumberMayBeShownByARuleWithoutAProof(t *testing.T) {
	c := company(t, `company: acme
country: RU
sims: [{iccid: "8970101234567890123", number: "+79031112233"}]
caller_id: [{for: all, show: "+79031112233"}]
`)
	if r := c.Rules.CallerID; len(r) != 1 || r[0].Show.E164 != "+79031112233" {
		t.Errorf("%+v", r)
	}
}

func TestAMachinesModemsAreFoundUnlessTheyAreListed(t *testing.T) {
	for text, want := range map[string]int{"": -1, "modems: auto\n": -1, "modems: []\n": 0, "modems: [{at: \"usb:1-1.2\"}, {at: /dev/pts/3, name: b}]\n": 2} {
		m, err := configs.ReadMachine("roadline.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(m.Modems); m.Modems == nil && want >= 0 || m.Modems != nil && got != want {
			t.Errorf("%q: %v", text, m.Modems)
		}
	}
	m, err := configs.ReadMachine("/etc/roadline/roadline.yaml", example(t, "roadline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Modems[0] != (configs.Modem{Name: "left", At: "usb:1-1.2"}) || m.Modems[1] != (configs.Modem{Name: "right", At: "/dev/ttyUSB2", Family: "huawei", PCM: "/dev/ttyUSB1"}) {
		t.Errorf("%+v", m.Modems)
	}
	if m.SIMs[0] != (configs.SIM{ICCID: "8970101234567890131", Company: "crew", PINFile: "/etc/roadline/secrets/sim-1.pin"}) || len(m.SIMs) != 3 {
		t.Errorf("%+v", m.SIMs)
	}
	if m.GSM != (configs.GSM{Signal: -105, Hysteresis: 5, Failures: 3, CoolDown: time.Minute, Watchdog: 45 * time.Second, Resets: 3, Trust: fmc.TrustCarrier}) {
		t.Errorf("%+v", m.GSM)
	}
	if bare, err := configs.ReadMachine("roadline.yaml", nil); err != nil || bare.GSM != (configs.GSM{Trust: fmc.TrustCarrier}) {
		t.Errorf("%+v %v", bare.GSM, err)
	}
}

func TestACardWhoseDigitsArePrintedIsTakenWithEighteenToTwenty(t *testing.T) {
	for _, card := range []string{"897010123456789012", "8970101234567890123", "89701999900000000019"} {
		m, err := configs.ReadMachine("roadline.yaml", []byte("sims: [{iccid: \""+card+"\", company: acme}]\n"))
		if err != nil || len(m.SIMs) != 1 || string(m.SIMs[0].ICCID) != card {
			t.Errorf("%s: %v", card, err)
		}
	}
}
