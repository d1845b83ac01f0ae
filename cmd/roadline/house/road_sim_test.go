package house_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// accessBySIM is a company whose card gives its people access.
func accessBySIM(access string, card *gsmsim.Card, more string, people ...traveller) string {
	return strings.Replace(roadCompany(more, people...), "numbers:\n", "sims:\n  - "+housetest.SIM(card)+"\nnumbers:\n  - {e164: \""+
		card.Number+"\", sim: \""+card.ICCID+"\", scenario: main, access: "+access+"}\n", 1)
}

// roadBySIM is a road with a card that gives access.
type roadBySIM struct {
	*road
	mobiles *housetest.Mobiles
	card    *gsmsim.Card
}

// takeTheRoadBySIM starts a town whose company has a card that gives its people access.
func takeTheRoadBySIM(t *testing.T, mobiles *housetest.Mobiles, model gsmsim.Make, access, more string, people ...traveller) roadBySIM {
	t.Helper()
	card := gsmsim.NewCard(1)
	mobiles.Plugs(model, card)
	r := takeTheRoad(t, housetest.Setup{Company: accessBySIM(access, card, more, people...), Extra: mobiles.Machine("acme", card)})
	r.Line("acme", card)
	return roadBySIM{r, mobiles, card}
}

// hearsAt reports whether somebody at a telephone of the mobile network hears a tone now.
func hearsAt(h *gsmsim.Handset, hertz float64) bool {
	heard := h.Heard()
	const n = 8000 / 5
	return len(heard) >= n && housetest.LevelPCM(heard[len(heard)-n:], hertz) > heardNow
}

// TestAPersonCallsThroughByASIM has a person call the company's card: they hear the dial tone in the modem's sound, and key
// the client's number in it.
func TestAPersonCallsThroughByASIM(t *testing.T) {
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoadBySIM(t, housetest.NewMobiles(t), gsmsim.EC25, "call-through", noPIN, person)
	phone, err := r.mobiles.Call(person.number, r.card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.mobiles.Answered(phone)
	r.Await("the dial tone", func() bool { return hearsAt(phone, dialToneHz) })
	r.mobiles.Presses(phone, client.keys())
	r.Await("the client is called", func() bool { return r.carrier.Saw("INVITE") })
	phone.Say(gsmsim.Tone(mobileHz))
	r.Await("they hear each other", func() bool { return hearsAt(phone, clientHz) && client.hears(mobileHz) })
	if from := r.invited(client).Header("From"); !contains(from, accessNumber) {
		t.Errorf("the client sees %q", from)
	}
	talkFor(t, time.Second)
	phone.HangUp()
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	r.onTape(record, client, person)
	if record.Legs[0].Line != fmc.ICCID(r.card.ICCID).Line() {
		t.Errorf("the person came by %s", record.Legs[0].Line)
	}
}

// TestAMissedCallOnASIMHasThePersonCalledBack has a person ring a card that declines them, so that they pay for nothing, and
// be called by the trunk.
func TestAMissedCallOnASIMHasThePersonCalledBack(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoadBySIM(t, housetest.NewMobiles(t), gsmsim.HuaweiE173, "call-back", "", person)
	phone, err := r.mobiles.Call(person.number, r.card.Number, gsmsim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.Await("the call is declined", func() bool { return phone.State() == gsmsim.HungUp })
	select {
	case <-phone.Answered():
		t.Error("it was answered")
	default:
	}
	r.calledBack(person, client, client.keys())
	r.carrier.HangUpFor(person.number)
	r.outward(r.Records("acme", 2)[0], client)
	r.Line("acme", r.card)
}

// TestATextHasThePersonCalledBackAndLedToTheClient has a person write a client's number to a card.
func TestATextHasThePersonCalledBackAndLedToTheClient(t *testing.T) {
	t.Parallel()
	person, client := newTraveller(t, mobileHz), newTraveller(t, clientHz)
	r := takeTheRoadBySIM(t, housetest.NewMobiles(t), gsmsim.EC25, "call-back", "", person)
	if err := r.mobiles.TextAs(person.number, r.card.Number, client.number[1:], gsmsim.TextOptions{Twice: true}); err != nil {
		t.Fatal(err)
	}
	r.calledBack(person, client, "")
	talkFor(t, time.Second)
	r.carrier.HangUpFor(person.number)
	record := r.Records("acme", 1)[0]
	r.outward(record, client)
	r.onTape(record, client, person)
	if n := len(invites(r.carrier)); n != 2 {
		t.Errorf("%d calls went out", n)
	}
	if got := r.mobiles.Inbox(person.number); len(got) > 0 {
		t.Errorf("the person got %+v", got)
	}
}

// TestATextThatIsNoWishIsAnsweredOnceAndAStrangersNever has a person write what cannot be called, and a stranger the same.
func TestATextThatIsNoWishIsAnsweredOnceAndAStrangersNever(t *testing.T) {
	t.Parallel()
	person := newTraveller(t, mobileHz)
	r := takeTheRoadBySIM(t, housetest.MobilesAt(t, quickTexts), gsmsim.SIM7600, "call-back", "", person)
	const stranger = "+79120000001"
	texts := []struct{ text, why string }{
		{"please call me back", "alone"}, {"112", "emergency"}, {"209", "no extension 209"}, {"810442079460000", "calls to gb"}, {strings.Repeat("long ", 50), "alone"},
	}
	for _, x := range texts {
		for _, from := range []string{stranger, person.number} {
			if err := r.mobiles.Text(from, r.card.Number, x.text); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), housetest.Within)
	defer cancel()
	answers, err := r.mobiles.AwaitTexts(ctx, person.number, len(texts))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range texts {
		found := false
		for _, a := range answers {
			found = found || a.From == r.card.Number && strings.Contains(strings.ToLower(a.Body), x.why)
		}
		if !found {
			t.Errorf("nothing says %q to %q: %+v", x.why, x.text, answers)
		}
	}
	r.Await("all came", func() bool {
		n := 0
		for _, l := range everyMessage(t, r.House.Store().For("acme")) {
			if l.In && l.Missing == nil {
				n++
			}
		}
		return n == 2*len(texts)
	})
	if got := r.mobiles.Inbox(stranger); len(got) > 0 || len(r.mobiles.Inbox(person.number)) != len(texts) || len(invites(r.carrier)) > 0 {
		t.Errorf("the stranger got %+v, the person %d, %d calls went out", got, len(r.mobiles.Inbox(person.number)), len(invites(r.carrier)))
	}
	for _, x := range texts {
		if strings.Contains(r.Log.String(), x.text) && x.why == "alone" { // the others are numbers, which much else is too
			t.Errorf("the log tells %q", x.text)
		}
	}
}

// TestATextToACardWithoutAccessIsAMessage has a person write to a card that is for messages.
func TestATextToACardWithoutAccessIsAMessage(t *testing.T) {
	t.Parallel()
	person := newTraveller(t, mobileHz)
	mobiles, card := housetest.MobilesAt(t, quickTexts), gsmsim.NewCard(1)
	mobiles.Plugs(gsmsim.EC25, card)
	company := strings.Replace(accessBySIM("call-back", card, "", person), card.ICCID+"\", scenario: main, access: call-back}", card.ICCID+"\", scenario: main}", 1)
	r := takeTheRoad(t, housetest.Setup{Company: company, Extra: mobiles.Machine("acme", card)})
	r.Line("acme", card)
	if err := mobiles.Text(person.number, card.Number, "79121234567"); err != nil {
		t.Fatal(err)
	}
	r.Await("it came", func() bool { return len(everyMessage(t, r.House.Store().For("acme"))) == 1 })
	if len(invites(r.carrier)) > 0 || len(mobiles.Inbox(person.number)) > 0 {
		t.Error("it was taken for a wish")
	}
}

// TestATextSaysWhoCallsWhereTheSIMShowsItsOwnNumber has a client's call ring a mobile by a card, which cannot show the
// client: N22. The card that rings sends nothing before the answer, so that the other does.
func TestATextSaysWhoCallsWhereTheSIMShowsItsOwnNumber(t *testing.T) {
	t.Parallel()
	mobiles, cards := housetest.NewMobiles(t), []*gsmsim.Card{gsmsim.NewCard(1), gsmsim.NewCard(2)}
	mobiles.Plugs(gsmsim.EC25, cards[0])
	mobiles.Plugs(gsmsim.SIM7600, cards[1])
	person := mobiles.Subscriber("+79161234567", gsmsim.Behaviour{Does: gsmsim.Answers, After: housetest.Within})
	client := newTraveller(t, clientHz)
	r := takeTheRoad(t, housetest.Setup{Company: simCompany(cards...), Extra: mobiles.Machine("acme", cards...)})
	r.Line("acme", cards[0])
	r.Line("acme", cards[1])
	caller := r.calls(client, accessNumber)
	rings := mobiles.Rung(person)
	ctx, cancel := context.WithTimeout(t.Context(), housetest.Within)
	defer cancel()
	texts, err := mobiles.AwaitTexts(ctx, "+79161234567", 1)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.Log)
	}
	if digits := strings.Map(onlyDigits, texts[0].Body); texts[0].From == rings.Caller() || !contains(digits, client.number[2:]) {
		t.Errorf("the text is %+v", texts[0])
	}
	caller.HangUp()
	if record := r.Records("acme", 1)[0]; len(record.Texts) != 1 || record.Texts[0].Employee != "ivanov" {
		t.Errorf("the record has the texts %+v", record.Texts)
	}
}

func onlyDigits(c rune) rune {
	if c < '0' || c > '9' {
		return -1
	}
	return c
}
