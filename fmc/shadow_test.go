package fmc_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

func manyCards(n int) []fmc.ICCID {
	all := make([]fmc.ICCID, n)
	for i := range all {
		all[i] = fmc.ICCID(string(rune('a' + i)))
	}
	return all
}

func TestEachCardCallsOneAndIsCalledByOneAndNeverItself(t *testing.T) {
	for range 200 {
		cards := manyCards(2 + rand.IntN(20))
		night := time.Unix(rand.Int64N(4_000_000_000), 0).UTC().Format(time.DateOnly)
		rand.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
		pairs := fmc.ShadowPairs(cards, night)
		from, to := map[fmc.ICCID]int{}, map[fmc.ICCID]int{}
		for _, p := range pairs {
			if p.From == p.To {
				t.Errorf("%s calls itself on %s", p.From, night)
			}
			from[p.From]++
			to[p.To]++
		}
		for _, c := range cards {
			if from[c] != 1 || to[c] != 1 {
				t.Errorf("%s of %d cards calls %d and is called %d times on %s", c, len(cards), from[c], to[c], night)
			}
		}
		slices.Sort(cards)
		if again := fmc.ShadowPairs(append(cards, cards[0]), night); !slices.Equal(pairs, again) {
			t.Errorf("in another order the pairs are %v, not %v", again, pairs)
		}
	}
}

func TestOverTheNightsEverybodyCallsEverybody(t *testing.T) {
	cards := manyCards(7)
	seen := map[fmc.ShadowPair]int{}
	for day := range 6 {
		for _, p := range fmc.ShadowPairs(cards, time.Date(2026, 11, 27+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)) {
			seen[p]++
		}
	}
	if len(seen) != 7*6 {
		t.Errorf("in six nights %d pairs of 42 called", len(seen))
	}
}

func TestOneCardAloneTriesNobody(t *testing.T) {
	for _, cards := range [][]fmc.ICCID{nil, {"a"}, {"a", "a"}} {
		if pairs := fmc.ShadowPairs(cards, "2026-11-28"); pairs != nil {
			t.Errorf("of %v it is %v", cards, pairs)
		}
	}
	if pairs := fmc.ShadowPairs(manyCards(3), "tonight"); pairs != nil {
		t.Errorf("on a date that is none: %v", pairs)
	}
}

func TestANightBelongsToTheDateOnWhichItBegan(t *testing.T) {
	moscow := time.FixedZone("Moscow", 3*60*60)
	late, early := fmc.ShadowRules{From: 23 * time.Hour, Until: 4 * time.Hour}, fmc.ShadowRules{From: 2 * time.Hour, Until: 5 * time.Hour}
	for _, x := range []struct {
		rules fmc.ShadowRules
		at    time.Time
		want  string
	}{
		{late, time.Date(2026, 11, 28, 23, 0, 0, 0, moscow), "2026-11-28"},
		{late, time.Date(2026, 11, 29, 3, 59, 59, 0, moscow), "2026-11-28"},
		{late, time.Date(2026, 11, 29, 4, 0, 0, 0, moscow), ""},
		{early, time.Date(2026, 11, 29, 2, 0, 0, 0, moscow), "2026-11-29"},
		{early, time.Date(2026, 11, 29, 1, 59, 0, 0, moscow), ""},
		{fmc.ShadowRules{}, time.Date(2026, 11, 29, 0, 0, 0, 0, moscow), ""},
	} {
		if got := x.rules.Night(x.at); got != x.want {
			t.Errorf("%v at %s is the night %q, not %q", x.rules, x.at, got, x.want)
		}
	}
}

// night is a company of so many cards under rules.
func night(n int, rules fmc.ShadowRules) *fmc.Company {
	c := &fmc.Company{Profile: fmc.Profile{ID: "acme", Country: "RU"}, Rules: fmc.Rules{Shadow: rules}}
	for i, id := range manyCards(n) {
		number := callerid.Received("+7903111220"+string(rune('0'+i%10)), "RU")
		c.SIMs = append(c.SIMs, fmc.SIM{ICCID: id, Number: number, Mandate: fmc.Mandate{Owner: "Acme", For: []fmc.SIMUse{fmc.UseCalls, fmc.UseMessages}}})
	}
	return c
}

func TestNoNightCostsMoreThanItsBudget(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	for range 100 {
		c := night(2+rand.IntN(9), fmc.ShadowRules{
			From: 2 * time.Hour, Until: 5 * time.Hour, Minutes: rand.IntN(8), Messages: rand.IntN(8), CardMinutes: rand.IntN(3), CardMessages: rand.IntN(3),
		})
		r := c.Rules.Shadow
		var tried []fmc.ShadowRecord
		calls, texts := map[fmc.ICCID]int{}, map[fmc.ICCID]int{}
		for range 3 { // more often than it would be
			for _, p := range fmc.ShadowPairs(c.ShadowCards(now), "2026-11-28") {
				call, text, _ := c.ShadowPlan(p, fmc.SIMUsed{}, tried, "", now)
				tried = append(tried, fmc.ShadowRecord{ShadowBegan: fmc.ShadowBegan{From: p.From, Call: call, Text: text}})
				if call {
					calls[p.From]++
					calls[""]++
				}
				if text {
					texts[p.From]++
					texts[""]++
				}
			}
		}
		for id, n := range calls {
			if most := r.CardMinutes; id != "" && most > 0 && n > most || id == "" && r.Minutes > 0 && n > r.Minutes {
				t.Errorf("%q called %d times under %+v", id, n, r)
			}
		}
		for id, n := range texts {
			if most := r.CardMessages; id != "" && most > 0 && n > most || id == "" && r.Messages > 0 && n > r.Messages {
				t.Errorf("%q wrote %d times under %+v", id, n, r)
			}
		}
	}
}

func TestWhatACardMayBeUsedForComesFirst(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	pair := fmc.ShadowPair{From: "a", To: "b"}
	for _, x := range []struct {
		name       string
		change     func(*fmc.Company)
		used       fmc.SIMUsed
		by         string
		call, text bool
	}{
		{"nothing is in the way", func(*fmc.Company) {}, fmc.SIMUsed{}, "", true, true},
		{"calls of the day", func(c *fmc.Company) { c.SIMs[0].Limits.Calls = 3 }, fmc.SIMUsed{Calls: 3}, "", false, true},
		{"talk of the day", func(c *fmc.Company) { c.SIMs[0].Limits.Talk = time.Hour }, fmc.SIMUsed{Talk: time.Hour - time.Second}, "", false, true},
		{"minutes of the package", func(c *fmc.Company) { c.SIMs[0].Package.Minutes = 100 }, fmc.SIMUsed{MonthTalk: 100 * time.Minute}, "ivanov", false, true},
		{"messages of the day", func(c *fmc.Company) { c.SIMs[0].Limits.Messages = 2 }, fmc.SIMUsed{Messages: 2}, "", true, false},
		{"messages of the package", func(c *fmc.Company) { c.SIMs[0].Package.Messages = 2 }, fmc.SIMUsed{MonthMessages: 2}, "ivanov", true, false},
		{"the mandate is for messages", func(c *fmc.Company) { c.SIMs[0].Mandate.For = []fmc.SIMUse{fmc.UseMessages} }, fmc.SIMUsed{}, "", false, true},
		{"no mandate", func(c *fmc.Company) { c.SIMs[0].Mandate = fmc.Mandate{} }, fmc.SIMUsed{}, "ivanov", false, false},
		{"the mandate does not reach the other card's country", func(c *fmc.Company) { c.SIMs[1].Number.Country = "KZ" }, fmc.SIMUsed{}, "", false, false},
		{"the other card's mandate is for messages", func(c *fmc.Company) { c.SIMs[1].Mandate.For = []fmc.SIMUse{fmc.UseMessages} }, fmc.SIMUsed{}, "", false, true},
		{"the night is for texts", func(c *fmc.Company) { c.Rules.Shadow.WithoutCalls = true }, fmc.SIMUsed{}, "", false, true},
		{"the other card's number is not known", func(c *fmc.Company) { c.SIMs[1].Number = callerid.Number{} }, fmc.SIMUsed{}, "", false, false},
	} {
		c := night(2, fmc.ShadowRules{From: 2 * time.Hour, Until: 5 * time.Hour})
		x.change(c)
		call, text, why := c.ShadowPlan(pair, x.used, nil, x.by, now)
		if call != x.call || text != x.text || (why != "") != (!call && !text) {
			t.Errorf("%s: call %t, text %t, %q", x.name, call, text, why)
		}
	}
}

func TestTonesNameTheAttemptAndTheDirection(t *testing.T) {
	seen := map[string]bool{}
	for i := range 100 {
		id := fmc.ShadowID(string(rune('A' + i)))
		for _, back := range []bool{false, true} {
			tones := id.Tones(back)
			seen[string(tones)] = true
			for n, x := range tones {
				if x > 7 || (x%2 == 1) != back || n > 0 && x == tones[n-1] {
					t.Fatalf("the tones of %s are %v", id, tones)
				}
			}
		}
		if text := id.Text(); !fmc.IsShadowText(text) || fmc.IsShadowText(text+"!") || fmc.IsShadowText("Re: "+text) {
			t.Errorf("its text is %q", text)
		}
	}
	if len(seen) < 199 {
		t.Errorf("of 200 names %d differ", len(seen))
	}
}

func TestAVerdictSaysWhatArrived(t *testing.T) {
	well := func() fmc.ShadowEnded {
		sound := fmc.ShadowSound{Heard: true, Level: -12, Lost: 1}
		there, back := sound, sound
		return fmc.ShadowEnded{
			Call: &fmc.ShadowCall{Rang: true, Setup: 3 * time.Second, Up: 4 * time.Second, Arrived: "+79031112200", There: &there, Back: &back},
			Text: &fmc.ShadowText{Sent: true, Came: true, Took: 2 * time.Second, Reported: true},
		}
	}
	lineFault, away := cause.Of(cause.LineFault), cause.Of(cause.Unreachable)
	for _, x := range []struct {
		name       string
		change     func(*fmc.ShadowEnded)
		out, in    []fmc.ShadowTrouble
		outcome    string
		firstWords string
	}{
		{"all is well", func(*fmc.ShadowEnded) {}, nil, nil, "well", "everything arrived"},
		{"the number is written as at home", func(e *fmc.ShadowEnded) { e.Call.Arrived = "89031112200" }, nil, nil, "well", ""},
		{
			"another number", func(e *fmc.ShadowEnded) {
				e.Call.Arrived = "+79990000000"
				e.Call.There, e.Call.Back, e.Call.Up = nil, nil, 0
			},
			[]fmc.ShadowTrouble{fmc.ShadowWrongNumber},
			nil, "trouble", "the number that arrives is +79990000000, not the one expected",
		},
		{"withheld", func(e *fmc.ShadowEnded) { e.Call.Arrived, e.Call.Hidden = "", true }, []fmc.ShadowTrouble{fmc.ShadowNoNumber}, nil, "trouble", "no number arrives"},
		{"one way", func(e *fmc.ShadowEnded) { *e.Call.There = fmc.ShadowSound{} }, []fmc.ShadowTrouble{fmc.ShadowMute}, nil, "trouble", "nothing is heard from it"},
		{"the other way", func(e *fmc.ShadowEnded) { *e.Call.Back = fmc.ShadowSound{} }, nil, []fmc.ShadowTrouble{fmc.ShadowMuteBack}, "trouble", "everything arrived"},
		{"with holes", func(e *fmc.ShadowEnded) { e.Call.There.Lost = 40 }, []fmc.ShadowTrouble{fmc.ShadowPoor}, nil, "trouble", ""},
		{"faint", func(e *fmc.ShadowEnded) { e.Call.Back.Level = -50 }, nil, []fmc.ShadowTrouble{fmc.ShadowPoorBack}, "trouble", ""},
		{
			"it never rings", func(e *fmc.ShadowEnded) { e.Call = &fmc.ShadowCall{Cause: &away} },
			[]fmc.ShadowTrouble{fmc.ShadowNoRing},
			[]fmc.ShadowTrouble{fmc.ShadowNotReached},
			"trouble", "",
		},
		{"its modem does not dial", func(e *fmc.ShadowEnded) { e.Call = &fmc.ShadowCall{Cause: &lineFault} }, []fmc.ShadowTrouble{fmc.ShadowNoCall}, nil, "trouble", ""},
		{"it cannot be answered", func(e *fmc.ShadowEnded) { e.Call.Up, e.Call.There, e.Call.Back = 0, nil, nil }, nil, []fmc.ShadowTrouble{fmc.ShadowNoAnswer}, "trouble", ""},
		{"it is answered without sound", func(e *fmc.ShadowEnded) { e.Call.There, e.Call.Back = nil, nil }, nil, []fmc.ShadowTrouble{fmc.ShadowNoAnswer}, "trouble", ""},
		{
			"a text is lost", func(e *fmc.ShadowEnded) { e.Text = &fmc.ShadowText{Sent: true} },
			[]fmc.ShadowTrouble{fmc.ShadowTextLost},
			[]fmc.ShadowTrouble{fmc.ShadowTextNotCome},
			"trouble", "",
		},
		{"a text is late", func(e *fmc.ShadowEnded) { e.Text.Took = 2 * time.Minute }, []fmc.ShadowTrouble{fmc.ShadowTextLate}, nil, "trouble", ""},
		{"a text does not go", func(e *fmc.ShadowEnded) { e.Text = &fmc.ShadowText{Why: "it was refused"} }, []fmc.ShadowTrouble{fmc.ShadowNoText}, nil, "trouble", ""},
		{"a client needed the line", func(e *fmc.ShadowEnded) { *e = fmc.ShadowEnded{Yielded: true, Call: &fmc.ShadowCall{}} }, nil, nil, "yielded", ""},
		{"the server stopped", func(e *fmc.ShadowEnded) { *e = fmc.ShadowEnded{Cut: true} }, nil, nil, "cut", ""},
	} {
		e := well()
		x.change(&e)
		r := fmc.ShadowRecord{ShadowBegan: fmc.ShadowBegan{From: "a", To: "b", Caller: callerid.Received("+79031112200", "RU")}, Ended: &e}
		if out, in := r.OfCaller(), r.OfCalled(); !slices.Equal(out, x.out) || !slices.Equal(in, x.in) || r.Outcome() != x.outcome {
			t.Errorf("%s: %v of the caller, %v of the called, %s", x.name, out, in, r.Outcome())
		}
		if words := r.Verdict(); x.firstWords != "" && words[0] != x.firstWords {
			t.Errorf("%s: %q", x.name, words)
		}
	}
}

func TestACardIsJudgedByTheLatestThatSaysSomething(t *testing.T) {
	at := func(h int, from, to fmc.ICCID, e *fmc.ShadowEnded) fmc.ShadowRecord {
		return fmc.ShadowRecord{ShadowBegan: fmc.ShadowBegan{From: from, To: to, At: time.Date(2026, 11, 28, h, 0, 0, 0, time.UTC)}, Ended: e}
	}
	lost := &fmc.ShadowEnded{Text: &fmc.ShadowText{Sent: true}}
	all := []fmc.ShadowRecord{
		at(5, "a", "b", nil), at(4, "a", "b", &fmc.ShadowEnded{Cut: true}), at(3, "a", "b", lost), at(2, "b", "a", &fmc.ShadowEnded{}), at(1, "b", "a", lost),
	}
	states := fmc.ShadowStates([]fmc.ICCID{"a", "b", "c"}, all)
	if len(states) != 2 || !slices.Equal(states[0].Troubles, []fmc.ShadowTrouble{fmc.ShadowTextLost}) ||
		!slices.Equal(states[1].Troubles, []fmc.ShadowTrouble{fmc.ShadowTextNotCome}) {
		t.Errorf("the states are %+v", states)
	}
}
