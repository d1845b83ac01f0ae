package house_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/hardware/gsmsim"

	"roadline/cmd/roadline/house/housetest"
)

// TestABalanceIsReadAndKept has a card asked for its balance when it is found, and a person by the API within a menu.
func TestABalanceIsReadAndKept(t *testing.T) {
	t.Parallel()
	mobiles := housetest.MobilesAt(t, quickTexts)
	card := gsmsim.NewCard(1)
	mobiles.Service("*102#", "Баланс: {rubles} руб. Остаток {minutes} мин.")
	mobiles.Plugs(gsmsim.SIM7600, card)
	x := texters(t, mobiles, "", []*gsmsim.Card{card},
		"for: [calls, messages]}", `for: [calls, messages]}, balance: {ussd: "*102#", amount: '([0-9]+[.,][0-9]+) руб', minutes: '(\d+) мин'}`)
	x.Line("acme", card)
	var shown cabinet.SIMDetail
	x.Await("the balance is kept", func() bool {
		x.must(http.MethodGet, "sims/"+card.ICCID, nil, &shown)
		return shown.Balance != nil
	})
	if b := shown.Balance; b.Amount != "500.00" || b.Minutes == nil || *b.Minutes != 300 || b.Answer != "Баланс: 500.00 руб. Остаток 300 мин." {
		t.Errorf("the balance is %+v", b)
	}
	for _, step := range []struct {
		say  string
		want fmc.USSDAnswer
	}{
		{"*105#", fmc.USSDAnswer{Text: "Roadnet\n1 Balance\n2 Package\n0 Exit", Open: true, Mode: 1}}, {"1", fmc.USSDAnswer{Text: "Balance 500.00 RUB"}},
	} {
		var said fmc.USSDAnswer
		x.must(http.MethodPost, "lines/"+string(fmc.ICCID(card.ICCID).Line())+"/ussd", cabinet.USSD{Text: step.say}, &said)
		if said != step.want {
			t.Errorf("%s is answered %+v", step.say, said)
		}
	}
}

// lockedTown is a town with a card that asks for its PIN, and the file that has what the house takes for it.
func lockedTown(t *testing.T, pin string) (x *texter, d *gsmsim.Device, card *gsmsim.Card, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(file, []byte(pin+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mobiles := housetest.MobilesAt(t, quickTexts)
	card = gsmsim.NewCard(1)
	card.PIN, card.PUK = "1234", "12345678"
	d = mobiles.Plugs(gsmsim.HuaweiE173, card)
	x = texters(t, mobiles, "", []*gsmsim.Card{card}, "company: acme}", `company: acme, pin_file: "`+file+`"}`)
	return x, d, card, file
}

// shows waits until the card's line is in a state, and says why it is.
func (x *texter) shows(state string) fmc.LineView {
	x.t.Helper()
	var lines []fmc.LineView
	x.Await("the line is "+state, func() bool {
		x.must(http.MethodGet, "lines", nil, &lines)
		return len(lines) == 1 && lines[0].State == state
	})
	return lines[0]
}

func TestAPINFromAFileOpensTheCard(t *testing.T) {
	t.Parallel()
	x, d, card, _ := lockedTown(t, "1234")
	x.Line("acme", card)
	d.Reset() // it asks again
	x.shows("absent")
	x.Line("acme", card)
	if left := x.mobiles.Left(card); left.PIN != 3 {
		t.Errorf("%d attempts are left", left.PIN)
	}
	if strings.Contains(x.Log.String(), "1234\n") || strings.Contains(x.Log.String(), `+CPIN=\"1234`) {
		t.Error("the log tells the PIN")
	}
}

func TestAWrongPINIsTriedOnceAndTheLastAttemptNever(t *testing.T) {
	t.Parallel()
	x, d, card, file := lockedTown(t, "4321")
	again := func(pin string, left int) {
		t.Helper()
		if err := os.WriteFile(file, []byte(pin), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			d.Reset()
			x.shows("absent")
			x.shows("pin")
			x.Close()
			x.Open()
			x.shows("pin")
		}
		if n := x.mobiles.Left(card).PIN; n != left {
			t.Errorf("after %s %d attempts are left, not %d", pin, n, left)
		}
	}
	x.shows("pin")
	again("4321", 2)
	again("5432", 1)
	again("1234", 1) // it would be right
	if l := x.shows("pin"); !strings.Contains(l.Why, "1 attempt left") || l.WayOut == "" {
		t.Errorf("it says %q, %q", l.Why, l.WayOut)
	}
}

func TestACardThatWantsItsPUKSaysSo(t *testing.T) {
	t.Parallel()
	x, d, card, _ := lockedTown(t, "1234")
	x.Line("acme", card)
	x.Close()
	d.Reset()
	x.Await("the module is there", d.Started)
	port, err := os.OpenFile(d.Port(gsmsim.AT2), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{"0000", "0001", "0002"} { // somebody else tries
		if _, err := port.WriteString("AT+CPIN=\"" + pin + "\"\r"); err != nil {
			t.Fatal(err)
		}
	}
	x.Await("the card is blocked", func() bool { return x.mobiles.Left(card).PIN == 0 })
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	x.Open()
	if l := x.shows("puk"); l.Ready || !strings.Contains(l.Why, "PUK") || l.WayOut == "" {
		t.Errorf("it says %q, %q", l.Why, l.WayOut)
	}
	if left := x.mobiles.Left(card); left.PUK != 10 {
		t.Errorf("%d attempts are left for the PUK", left.PUK)
	}
}
