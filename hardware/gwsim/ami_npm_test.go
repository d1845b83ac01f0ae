package gwsim_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// npmManager is npm asterisk-manager that carries out commands, and what it is told.
func npmManager(t *testing.T, address, password, action string, commands ...string) <-chan told {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	check(t, err)
	return listen(t, node(t, "npm_manager.cjs", append([]string{port, host, "admin", password, action}, commands...)...))
}

func apiOptions(n *gsmsim.Network, cards ...*gsmsim.Card) gwsim.Options {
	return gwsim.Options{Net: n, Cards: cards, Listen: "127.0.0.1:0", User: "admin", Secret: "secret", Now: time.Now}
}

func TestNPMAsteriskManagerTakesTheYeastarForARealOne(t *testing.T) {
	t.Parallel()
	n := world(t)
	card := gsmsim.NewCard(1)
	box, err := gwsim.NewYeastar(apiOptions(n, card))
	check(t, err)
	live(t, box.Run)
	said := npmManager(t, box.Address(), "secret", "smscommand", "gsm show spans", "gsm show span 2", `gsm send sms 2 `+client+` "by%20npm" 4711`)
	if got := await(t, said, "Answer").Told["content"]; !strings.Contains(got, "GSM span 2: Power on, Provisioned, ") {
		t.Errorf("the spans are %q", got)
	}
	if got := await(t, said, "Answer").Told["content"]; !strings.Contains(got, "SIM IMSI: "+card.IMSI+"\n") || !strings.HasSuffix(got, "Last send AT: AT+CREG?\\r\\n") {
		t.Errorf("the span is %q", got)
	}
	if got := await(t, said, "UpdateSMSSend").Told; got["id"] != "4711" || got["status"] != "1" {
		t.Errorf("of the text it is told %v", got)
	}
	texts, err := n.AwaitTexts(ctx(t), client, 1)
	check(t, err)
	if texts[0].Body != "by npm" {
		t.Errorf("there came %+v", texts[0])
	}
	check(t, n.Text(client, card.Number, "hello + goodbye"))
	if got := await(t, said, "ReceivedSMS").Told; got["gsmspan"] != "2" || got["sender"] != client || got["content"] != "%EF%BB%BFhello+%2B+goodbye" {
		t.Errorf("of the text that came it is told %v", got)
	}
}

func TestNPMAsteriskManagerTakesTheOpenVoxForARealOne(t *testing.T) {
	t.Parallel()
	n := world(t)
	card := gsmsim.NewCard(1)
	box, err := gwsim.NewOpenVox(apiOptions(n, card))
	check(t, err)
	live(t, box.Run)
	said := npmManager(t, box.API(), "secret", "Command", "gsm send sync at 1 AT+CRSM=176,12258,0,0,10 3000", "gsm send ussd 1 \"*100#\" 30", "gsm fly 1 away")
	if got := await(t, said, "Answer").Told["content"]; !strings.Contains(got, `+CRSM: 144,0,"98`) {
		t.Errorf("the card says %q", got)
	}
	if got := await(t, said, "Answer").Told["content"]; !strings.Contains(got, "1:Recive USSD on span 1,responses:0,code:15\nText:Balance") {
		t.Errorf("the network says %q", got)
	}
	if got := await(t, said, "Answer").Told["content"]; !strings.Contains(got, "No such command") {
		t.Errorf("what it does not know it answers with %q", got)
	}
}
