package house_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/ladder"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// traceOf asks the node's API for the ladder of a call, with every message whole.
func traceOf(t *testing.T, town *housetest.Town, call fmc.CallID) (x cabinet.Traced) {
	t.Helper()
	api := overSocket(town.Machine.Socket)
	defer api.CloseIdleConnections()
	if err := ask(t.Context(), api, http.MethodGet, "calls/"+string(call)+"/trace?raw", nil, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// inOrder wants rows that begin with these words, in this order, whatever is between them.
func inOrder(t *testing.T, l ladder.Ladder, want ...string) {
	t.Helper()
	i := 0
	for _, r := range l.Rows {
		from, to := l.Lanes[r.From].Name, l.Lanes[r.To].Name
		if i < len(want) && strings.HasPrefix(from+" > "+to+": "+r.Words(), want[i]) {
			i++
		}
	}
	if i < len(want) {
		t.Errorf("no %q after %q in\n%s", want[i], want[max(0, i-1)], l.Text(false))
	}
}

// TestTheLadderOfACallByTrunkAndSIMShowsEveryWire has a client call by the carrier and a person answer by SIM: messages,
// AT lines, choices and sound stand on one axis, whole while the call goes on and afterwards, and no secret among them.
func TestTheLadderOfACallByTrunkAndSIMShowsEveryWire(t *testing.T) {
	t.Parallel()
	mobiles := housetest.NewMobiles(t)
	card := gsmsim.NewCard(1)
	mobiles.Plugs(gsmsim.HuaweiE173, card)
	person := mobiles.Subscriber("+79161234567", gsmsim.Behaviour{Does: gsmsim.Answers, After: time.Second})
	town := housetest.Start(t, housetest.Setup{Extra: mobiles.Machine("acme", card), Company: simCompany(card)})
	town.Line("acme", card)
	say, client := newTalking(1), housetest.NewVoice(t)
	client.Say(say.client)
	caller := simClient(t, town, client, "+74951234567")
	phone := mobiles.Rung(person)
	mobiles.Answered(phone)
	phone.Say(housetest.Speaks(say.person))
	town.Await("the person is asked to confirm", func() bool { return loudPCM(phone.Heard()) })
	mobiles.Presses(phone, "1")
	town.Await("they hear each other", func() bool { return client.Hears(say.person) && housetest.HearsAt(phone, say.client) })
	live := town.Seen()[0].ID
	town.Await("the live ladder has the answer", func() bool {
		return strings.Contains(traceOf(t, town, live).Text, "ATD")
	})
	phone.HangUp()
	r := town.Records("acme", 1)[0]
	caller.Wait()
	x := traceOf(t, town, r.ID)
	t.Log("\n" + x.Text + "\n" + x.Verdict + "\n" + x.Mermaid)
	inOrder(t, x.Ladder,
		"+79120000001 > roadline: INVITE SDP", "roadline > +79120000001: 100", "roadline > roadline: a plan was made",
		"ivanov/mobile > ivanov/mobile: Ivan Ivanov is called", "roadline > ivanov/mobile: ATD", "ivanov/mobile > ivanov/mobile: Ivan Ivanov rings",
		"ivanov/mobile > ivanov/mobile: Ivan Ivanov answered", "ivanov/mobile > ivanov/mobile: Ivan Ivanov confirmed",
		"roadline > +79120000001: BYE", "roadline > roadline: the call is over")
	inOrder(t, x.Ladder, "roadline > +79120000001: 200 OK (INVITE) SDP", "+79120000001 > roadline: ACK", "roadline > +79120000001: BYE", "+79120000001 > roadline: 200 OK (BYE)")
	inOrder(t, x.Ladder, "ivanov/mobile > ivanov/mobile: RTP PCM from")
	inOrder(t, x.Ladder, "+79120000001 > +79120000001: RTP PCMA from")
}
