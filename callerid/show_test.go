package callerid_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc/cause"
)

var (
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	line    = callerid.Received("+74951234567", "RU") // declared, for good
	sales   = callerid.Received("+74951234568", "RU") // declared, for good
	expired = callerid.Received("+74951234569", "RU")
	foreign = callerid.Received("+74950000000", "RU") // nobody declared it
	client  = callerid.Received("8 912 000-00-01", "RU")
	hidden  = callerid.Received("anonymous", "RU")
	acme    = callerid.NewOwned(
		callerid.Proof{Number: line.E164, Kind: callerid.Declared, By: "ivanov", Ref: "contract 7", At: noon.Add(-time.Hour)},
		callerid.Proof{Number: sales.E164, Kind: callerid.Declared, At: noon.AddDate(-3, 0, 0), Until: noon.AddDate(-2, 0, 0)},
		callerid.Proof{Number: sales.E164, Kind: callerid.Declared, At: noon.AddDate(-1, 0, 0), Until: noon.AddDate(1, 0, 0)},
		callerid.Proof{Number: expired.E164, Kind: callerid.Declared, At: noon.AddDate(-1, 0, 0), Until: noon},
		callerid.Proof{},
	)
)

func TestOnlyAProofThatHoldsMakesANumberOurs(t *testing.T) {
	for _, row := range []struct {
		n    callerid.Number
		at   time.Time
		says string
	}{
		{line, noon, ""},
		{callerid.Received("8 (495) 123-45-67", "RU"), noon, ""}, // the spelling does not matter
		{line, noon.Add(-2 * time.Hour), "only from 2026-11-22"},
		{line, noon.AddDate(50, 0, 0), ""},
		{sales, noon, ""},
		{sales, noon.AddDate(-2, 6, 0), "only from 2025-11-22"}, // between two proofs
		{expired, noon.Add(-time.Second), ""},
		{expired, noon, "ended on 2026-11-22: renew it"},
		{foreign, noon, "+74950000000 is not proved to be the company's number"},
		{hidden, noon, "a hidden number"},
		{callerid.Number{}, noon, "a none number"},
		{callerid.Received("201", "RU"), noon, "a short number"},
	} {
		err := acme.Check(row.n, row.at)
		if acme.Has(row.n, row.at) != (row.says == "") || (err == nil) != (row.says == "") {
			t.Errorf("%s at %s: %v", row.n, row.at, err)
			continue
		}
		if err != nil && (!errors.Is(err, cause.Denied) || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%s at %s: %v, want %q", row.n, row.at, err, row.says)
		}
	}
	if (callerid.Owned{}).Has(line, noon) {
		t.Error("nothing is owned by nobody")
	}
	later := callerid.NewOwned(callerid.Proof{Number: line.E164, Kind: callerid.Declared + 1, At: noon.Add(-time.Hour)})
	if later.Has(line, noon) {
		t.Error("a kind of proof that this build does not know proves something")
	}
	var kind callerid.ProofKind
	if err := kind.UnmarshalText([]byte("blockchain")); err != nil || kind != callerid.Unproven {
		t.Errorf("%v, %v", kind, err)
	}
}

// Two trunks: one that is trusted with nothing, one that carries clients' numbers and hides.
var (
	plainTrunk  = callerid.Form{Country: "RU"}
	openTrunk   = callerid.Form{Country: "RU", Diverted: callerid.ByDiversion, Privacy: true, Fallback: sales}
	loginInFrom = callerid.Form{Country: "RU", Diverted: callerid.ByDiversion, Carry: callerid.CarryAsserted}
)

func TestALegShowsTheNumberOfItsGroup(t *testing.T) {
	got, err := callerid.Show(callerid.Wish{Number: callerid.Received("8 495 123-45-67", "RU"), Display: " Acme\r\n\"Sales\" "}, acme, plainTrunk, noon)
	want := callerid.Shown{From: line, Asserted: line, Display: "Acme Sales"}
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestTheClientsNumberIsShownOnADivertedCallOverADeclaredTrunkOnly(t *testing.T) { // invariant 7
	wish := callerid.Wish{Number: sales, Client: client, Called: line}
	got, err := callerid.Show(wish, acme, openTrunk, noon)
	if want := (callerid.Shown{From: client.Canonical(), Asserted: sales, Diversion: line}); err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, row := range []struct {
		wish  callerid.Wish
		trunk callerid.Form
		why   string
	}{
		{wish, plainTrunk, "not declared to carry a client's number"},
		{wish, loginInFrom, "not declared to carry a client's number"},
		{callerid.Wish{Number: sales, Client: client}, openTrunk, "cannot be called diverted"},
		{callerid.Wish{Number: sales, Client: client, Called: foreign}, openTrunk, "cannot be called diverted: +74950000000 is not proved"},
		{callerid.Wish{Number: sales, Client: client, Called: expired}, openTrunk, "renew it"},
		{callerid.Wish{Number: sales, Client: hidden, Called: line}, openTrunk, "the client's number is hidden"},
		{callerid.Wish{Number: sales, Called: line}, openTrunk, "the client's number is none"},
	} {
		got, err := callerid.Show(row.wish, acme, row.trunk, noon)
		if err != nil || !strings.Contains(got.Reason, row.why) {
			t.Errorf("%+v: %+v, %v; want %q", row.wish, got, err, row.why)
		}
		got.Reason = ""
		if want := (callerid.Shown{From: sales, Asserted: sales}); got != want {
			t.Errorf("%+v: %+v", row.wish, got)
		}
	}
}

func TestAnUnprovenNumberGivesWayToTheFallbackOrTheCallDoesNotGoOut(t *testing.T) {
	got, err := callerid.Show(callerid.Wish{Number: foreign}, acme, openTrunk, noon)
	if err != nil || got.From != sales || got.Asserted != sales || !strings.Contains(got.Reason, "+74950000000 is not proved") {
		t.Errorf("%+v, %v", got, err)
	}
	unprovenFallback := callerid.Form{Country: "RU", Fallback: expired}
	for _, trunk := range []callerid.Form{plainTrunk, unprovenFallback} {
		got, err := callerid.Show(callerid.Wish{Number: foreign}, acme, trunk, noon)
		if !errors.Is(err, cause.Denied) || !strings.Contains(err.Error(), "is not proved") || got != (callerid.Shown{}) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestAHiddenCallLeavesOnlyWhereItStaysHidden(t *testing.T) {
	wish := callerid.Wish{Number: line, Hidden: true, Display: "Acme"}
	got, err := callerid.Show(wish, acme, openTrunk, noon)
	if want := (callerid.Shown{From: callerid.Number{Kind: callerid.Hidden}, Asserted: line, Privacy: true}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := callerid.Show(wish, acme, plainTrunk, noon); !errors.Is(err, cause.Denied) || got != (callerid.Shown{}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhateverIsWishedOnlyProvenNumbersAreAsserted(t *testing.T) { // invariant 7
	numbers := []callerid.Number{{}, line, sales, expired, foreign, client, hidden, callerid.Received("201", "RU"), callerid.Received("112", "RU")}
	trunks := []callerid.Form{plainTrunk, openTrunk, loginInFrom, {Country: "RU", Diverted: callerid.ByHistory, Fallback: foreign}}
	shown := 0
	for _, number := range numbers {
		for _, from := range numbers {
			for _, called := range numbers {
				for _, hide := range []bool{false, true} {
					for i, trunk := range trunks {
						wish := callerid.Wish{Number: number, Client: from, Called: called, Hidden: hide, Display: "A\"\x00"}
						got, err := callerid.Show(wish, acme, trunk, noon)
						if err != nil {
							if !errors.Is(err, cause.Denied) {
								t.Fatalf("%+v: %v", wish, err)
							}
							continue
						}
						shown++
						if err := got.Proven(acme, trunk, noon); err != nil {
							t.Fatalf("%+v on trunk %d shows %+v: %v", wish, i, got, err)
						}
						ours := acme.Has(got.From, noon) || got.From.Kind == callerid.Hidden && hide
						diverted := got.From.Same(from) && acme.Has(got.Diversion, noon) && got.Diversion.Same(called) && trunk.Diverted != callerid.NeverDiverted
						if !acme.Has(got.Asserted, noon) || !ours && !diverted {
							t.Fatalf("%+v on trunk %d shows %+v", wish, i, got)
						}
					}
				}
			}
		}
	}
	if shown < 500 {
		t.Fatalf("only %d wishes came true: the test proves little", shown)
	}
}

func TestWhatShowDidNotMakeIsStoppedAtTheBorder(t *testing.T) { // invariant 7
	for name, forged := range map[string]callerid.Shown{
		"nothing":                         {},
		"the client without a diversion":  {From: client, Asserted: line},
		"a stranger asserted":             {From: foreign, Asserted: foreign},
		"an ended proof":                  {From: expired, Asserted: expired},
		"a diversion that is not ours":    {From: client, Asserted: line, Diversion: foreign},
		"hidden without asking":           {From: callerid.Number{Kind: callerid.Hidden}, Asserted: line},
		"asking without being hidden":     {From: line, Asserted: line, Privacy: true},
		"an extension":                    {From: callerid.Received("201", "RU"), Asserted: line, Diversion: line},
		"an inside leg":                   callerid.Inside(client, "Client"),
		"our own number inside":           callerid.Inside(line, ""),
		"a header in the name":            {From: line, Asserted: line, Display: "x\r\nP-Asserted-Identity: <sip:+74950000000@h>"},
		"nothing asserted, yet a number":  {From: line},
		"anonymous with a diversion":      {From: callerid.Number{Kind: callerid.Hidden}, Diversion: line},
		"anonymous that asks for privacy": {From: callerid.Number{Kind: callerid.Hidden}, Privacy: true},
	} {
		if err := forged.Proven(acme, openTrunk, noon); !errors.Is(err, cause.Denied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := callerid.Shown{From: client, Asserted: line, Diversion: line}
	if err := good.Proven(acme, openTrunk, noon); err != nil {
		t.Error(err)
	}
	for _, trunk := range []callerid.Form{plainTrunk, loginInFrom} {
		if err := good.Proven(acme, trunk, noon); !errors.Is(err, cause.Denied) {
			t.Errorf("on a trunk that is not declared: %v", err)
		}
	}
	secret := callerid.Shown{From: callerid.Number{Kind: callerid.Hidden}, Asserted: line, Privacy: true}
	if err := secret.Proven(acme, openTrunk, noon); err != nil {
		t.Error(err)
	}
	if err := secret.Proven(acme, plainTrunk, noon); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
	if err := good.Proven(callerid.Owned{}, openTrunk, noon); !errors.Is(err, cause.Denied) {
		t.Errorf("another company's: %v", err)
	}
}

func TestAnEmergencyCallNeedsNoProof(t *testing.T) {
	if err := callerid.Anonymous("the proof of the site's number ended").Proven(callerid.Owned{}, plainTrunk, noon); err != nil {
		t.Fatal(err)
	}
}

func TestInsideTheCompanyTheCallerIsSeen(t *testing.T) {
	got := callerid.Inside(client, "Client\x00 <a>")
	if got.From != client.Canonical() || got.Display != "Client a" || !got.Asserted.IsZero() {
		t.Fatalf("%+v", got)
	}
}

func TestWhatWasShownSurvivesJSON(t *testing.T) {
	in, err := callerid.Show(callerid.Wish{Number: foreign, Client: client, Called: line, Display: "Acme"}, acme, openTrunk, noon)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out callerid.Shown
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Fatalf("%s: %+v, %v", b, out, err)
	}
}

func TestWhatASIMShowsLeavesByNoTrunk(t *testing.T) {
	own := callerid.Received("8 (903) 111-22-33", "RU")
	shown := callerid.BySIM(own)
	if !shown.From.Same(own) || shown.From.Raw != own.E164 || !shown.Asserted.IsZero() {
		t.Errorf("%+v", shown)
	}
	trusting := callerid.Form{Country: "RU", Privacy: true, Diverted: callerid.ByDiversion}
	proved := callerid.NewOwned(callerid.Proof{Number: own.E164, Kind: callerid.Declared, At: noon.AddDate(-1, 0, 0)})
	if err := shown.Proven(proved, trusting, noon); !errors.Is(err, cause.Denied) {
		t.Error(err)
	}
}
