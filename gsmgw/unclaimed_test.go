package gsmgw_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/gsmgw"
	"roadline/hardware/modem"
)

// cardC is a card that the machine grants to nobody, but where a test says otherwise.
const (
	cardC = fmc.ICCID("8970101000000000034")
	imsiC = "250990000000034"
)

// boxWith runs a gateway with one box's line, whose texts of nobody's cards lie in a file.
func boxWith(t *testing.T, file string, card fmc.ICCID, granted []gsmgw.Card, do func(*bench, *fakeBox)) {
	t.Helper()
	box := &fakeBox{fakeModem: newModem(card)}
	box.sim.IMSI = "25099" + string(card[9:])
	startWith(t, func(b *bench) {
		b.options.Unclaimed, b.options.Cards = file, granted
		b.options.Find = func() []gsmgw.Port {
			return []gsmgw.Port{{Name: "gw:office:1", Open: func(ctx context.Context) (modem.Modem, error) {
				if _, err := box.open(ctx); err != nil {
					return nil, err
				}
				return box, nil
			}}}
		}
	}, func(b *bench) { do(b, box) }, box.fakeModem)
}

func TestATextOfACardGrantedToNobodyIsSetAsideAndGivenOnceTheCardIsGranted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unclaimed.json")
	granted := []gsmgw.Card{{ICCID: cardA, Company: "acme"}}
	var came time.Time
	boxWith(t, file, cardA, granted, func(b *bench, box *fakeBox) {
		b.pass(time.Second)
		came = time.Now().UTC()
		text := modem.TextCame{Of: modem.Of{Card: string(cardC)}, Token: "1", From: "+79161234567", Text: "hello", Sent: came.Add(-time.Minute)}
		box.say(text, text, modem.TextReported{Of: modem.Of{IMSI: imsiC}, Token: "2", To: "+79161234567", Reference: 7}, modem.TextCame{Token: "3", From: "+79161234567"})
		b.pass(time.Hour)
		if !slices.Equal(box.kept, []string{"1", "1", "2", "3"}) || len(b.log.messages()) > 0 {
			t.Errorf("the box may forget %q, and there came %+v", box.kept, b.log.messages())
		}
		if want := map[string]int{string(cardC): 1, imsiC: 1, "gw:office:1": 1}; !maps.Equal(b.g.Unclaimed(), want) {
			t.Errorf("set aside are %v", b.g.Unclaimed())
		}
	})
	granted = append(granted, gsmgw.Card{ICCID: cardC, Company: "acme"})
	boxWith(t, file, cardC, granted, func(b *bench, box *fakeBox) {
		b.pass(6 * time.Minute)
		all := b.log.messages()
		if len(all) != 2 {
			t.Fatalf("there came %+v", all)
		}
		text, _ := all[0].Body.(fmc.MessageCame)
		if text.SIM != cardC || text.Text != "hello" || !text.At.Equal(came) || !text.Sent.Equal(came.Add(-time.Minute)) || text.Key == "" {
			t.Errorf("the text is %+v", text)
		}
		if report, _ := all[1].Body.(fmc.MessageReported); report.SIM != cardC || report.Reference != 7 {
			t.Errorf("the report is %+v", report)
		}
		if want := map[string]int{"gw:office:1": 1}; !maps.Equal(b.g.Unclaimed(), want) {
			t.Errorf("set aside still are %v", b.g.Unclaimed())
		}
	})
}

func TestATextOfACardWhoseCompanyHasNoDocumentIsGivenOnceItHas(t *testing.T) {
	other := []gsmgw.Card{{ICCID: cardC, Company: "other"}}
	boxWith(t, filepath.Join(t.TempDir(), "unclaimed.json"), cardC, other, func(b *bench, box *fakeBox) {
		box.say(modem.TextCame{Of: modem.Of{Card: string(cardC)}, Token: "1", From: "+79161234567", Text: "hello"})
		b.pass(time.Second)
		b.log.fail(errors.New("the disk is full"))
		published := acme()
		published.Profile.ID = "other"
		b.applies(published)
		b.pass(6 * time.Minute)
		if len(b.log.messages()) > 0 || len(b.g.Unclaimed()) != 1 || len(box.kept) != 1 {
			t.Fatalf("kept is %+v, acknowledged %q, set aside %v", b.log.messages(), box.kept, b.g.Unclaimed())
		}
		b.log.fail(nil)
		b.pass(6 * time.Minute)
		if all := b.log.messages(); len(all) != 1 || all[0].Company != "other" || len(b.g.Unclaimed()) > 0 {
			t.Errorf("kept is %+v, set aside %v", all, b.g.Unclaimed())
		}
	})
}

func TestAReportThatIsToldAgainAfterARestartIsSetAsideOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unclaimed.json")
	for range 2 {
		boxWith(t, file, cardA, nil, func(b *bench, box *fakeBox) {
			done := time.Date(1999, 12, 31, 23, 0, 0, 0, time.FixedZone("MSK", 3*60*60))
			box.say(modem.TextReported{Of: modem.Of{Card: string(cardC)}, Token: "2", To: "+79161234567", Reference: 7, Done: done})
			b.pass(time.Second)
			if n := b.g.Unclaimed()[string(cardC)]; n != 1 {
				t.Errorf("set aside are %d", n)
			}
		})
	}
}

func TestATextThatCannotBeSetAsideIsNotForgottenByItsBox(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not there")
	boxWith(t, filepath.Join(folder, "unclaimed.json"), cardA, nil, func(b *bench, box *fakeBox) {
		box.say(modem.TextCame{Of: modem.Of{Card: string(cardC)}, Token: "1", From: "+79161234567", Text: "hello"})
		b.pass(time.Minute)
		if len(box.kept) > 0 || len(b.g.Unclaimed()) > 0 {
			t.Fatalf("acknowledged is %q, set aside %v", box.kept, b.g.Unclaimed())
		}
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Minute)
		if len(box.kept) != 1 || b.g.Unclaimed()[string(cardC)] != 1 {
			t.Errorf("acknowledged is %q, set aside %v", box.kept, b.g.Unclaimed())
		}
	})
}

// What a module did not store is owed to the network: it would tell a card of nobody's the same text for days.
func TestWhatAModuleGivesOfACardOfNobodyIsSetAsideAndAcknowledged(t *testing.T) {
	m := newModem(cardC)
	startWith(t, nil, func(b *bench) {
		order := uses(b, m, "acknowledge")
		b.pass(time.Second)
		m.say(modem.Delivered{PDU: stored(t, 0, hello).PDU, Owed: true})
		b.pass(time.Second)
		if !slices.Equal(*order, []string{"acknowledge"}) || b.g.Unclaimed()[string(cardC)] != 1 {
			t.Errorf("%q, set aside %v", *order, b.g.Unclaimed())
		}
	}, m)
}

func TestWhatIsSetAsideIsBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unclaimed.json")
	var all []map[string]any
	for i := range 1000 {
		at := time.Date(1999, 12, 1, 0, 0, i, 0, time.UTC) // a bubble begins with the year 2000
		if i == 0 {
			at = at.AddDate(0, -6, 0)
		}
		all = append(all, map[string]any{"at": at, "of": map[string]string{"Card": fmt.Sprint(i)}, "came": map[string]string{"Token": fmt.Sprint(i)}})
	}
	text, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	boxWith(t, file, cardA, nil, func(b *bench, box *fakeBox) {
		b.pass(time.Second)
		if left := b.g.Unclaimed(); left["0"] > 0 || left["1"] != 1 {
			t.Errorf("what is too old waits for another, among %d", len(left))
		}
		for i, token := range []string{"new", "newer"} {
			box.say(modem.TextCame{Of: modem.Of{Card: string(cardC)}, Token: token})
			b.pass(time.Second)
			left := b.g.Unclaimed()
			if left[string(cardC)] != i+1 || left["0"] > 0 || left["1"] != 1-i || left["2"] != 1 {
				t.Errorf("after %d there are %d cards, and %d of the new one", i+1, len(left), left[string(cardC)])
			}
		}
	})
}

func TestAFileOfTextsThatCannotBeReadIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unclaimed.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	startWith(t, nil, func(b *bench) {
		o := b.options
		for _, o.Unclaimed = range []string{file, filepath.Dir(file), ""} {
			if _, err := gsmgw.New(o); err == nil {
				t.Errorf("%q is no such file", o.Unclaimed)
			}
		}
	})
}
