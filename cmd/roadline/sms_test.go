package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"roadline/cabinet"
	"roadline/cabinet/times"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// The cards and messages of the tests.
const (
	ownSIM         = "8970101234567890123"
	foreignSIM     = "8970101234567890131"
	foreignMessage = "019aa000-0000-7000-8000-00000000000f"
)

// cardFacts are what two companies' cards saw on a day long ago, of which no list of the latest use tells.
func cardFacts() []fmc.Fact {
	var facts []fmc.Fact
	at := time.Date(2026, time.January, 17, 9, 0, 0, 0, time.UTC)
	number := callerid.Number{E164: "+79160000001", Country: "RU"}
	add := func(company fmc.CompanyID, id fmc.MessageID, body fmc.Happening) {
		facts = append(facts, fmc.Fact{Company: company, Message: id, Body: body})
	}
	minutes, refused := 118, cause.Of(cause.Congested)
	add("acme", "", fmc.SIMSeen{At: at, SIM: ownSIM, IMSI: "250010000000001", Modem: "usb-1.2", IMEI: "860000000000001", State: "ready"})
	add("acme", "", fmc.BalanceSeen{At: at, SIM: ownSIM, Answer: "Баланс 12,50 р.", Amount: "12.50", Minutes: &minutes})
	add("acme", "", fmc.SIMSeen{At: at.Add(time.Hour), SIM: ownSIM, Modem: "usb-1.2", State: "quarantined", Why: "three calls in a row were mute"})
	for part := 2; part > 0; part-- {
		add("acme", fmc.MessageID(fmt.Sprintf("019aa000-0000-7000-8000-00000000001%d", part)), fmc.MessageCame{
			At: at.Add(time.Duration(3-part) * time.Second), SIM: ownSIM, Number: number, From: "+79120000005", Text: []string{"", "Добрый день\n", "Sergey \x1b[2J"}[part], Ref: 9, Part: part, Parts: 2, PDU: "07", Key: fmt.Sprint(part),
		})
	}
	add("acme", "019aa000-0000-7000-8000-000000000013", fmc.MessageCame{At: at.Add(time.Minute), SIM: ownSIM, Number: number, From: "Bank", Text: "code ", Ref: 3, Part: 1, Parts: 2, PDU: "07", Key: "3"})
	const out = "019aa000-0000-7000-8000-000000000014"
	add("acme", out, fmc.MessageAccepted{At: at.Add(2 * time.Minute), SIM: ownSIM, Number: number, To: callerid.Number{E164: "+79120000005"}, Text: "We are on our way", By: "ivanov", Until: at.Add(time.Hour), PDUs: []string{"01"}})
	add("acme", out, fmc.MessageTried{At: at.Add(2 * time.Minute), Part: 1})
	add("acme", out, fmc.MessageRefused{At: at.Add(3 * time.Minute), Part: 1, Cause: refused, Again: at.Add(4 * time.Minute)})
	add("acme", out, fmc.MessageTried{At: at.Add(4 * time.Minute), Part: 1})
	add("acme", out, fmc.MessagePassed{At: at.Add(4 * time.Minute), Part: 1, Reference: 201})
	add("acme", out, fmc.MessageSettled{At: at.Add(4 * time.Minute), State: fmc.MessageSent})
	add("acme", "019aa000-0000-7000-8000-000000000015", fmc.MessageReported{At: at.Add(5 * time.Minute), SIM: ownSIM, To: "89120000005", Reference: 201, Key: "r", PDU: "06"})
	add("beta", "", fmc.SIMSeen{At: at, SIM: foreignSIM, State: "ready"})
	add("beta", foreignMessage, fmc.MessageCame{At: at, SIM: foreignSIM, Number: number, From: "+79120000005", Text: "to Beta", PDU: "07", Key: "b"})
	return facts
}

func TestMessagesAndCardsAreListedAndShown(t *testing.T) {
	n := filled(t)
	var all strings.Builder
	for _, line := range []string{
		"sms list acme", "sms list acme --direction out", "sms list acme --state delivered --limit 1", "sms list acme --limit 2", "sms list acme --peer Bank",
		"sms list acme --thread --number +79160000001 --peer +79120000005", "sms list acme --thread --peer +79120000005", "sms list acme --state lost",
		"sms show --company acme 019aa000-0000-7000-8000-000000000014", "sms show --company acme 019aa000-0000-7000-8000-000000000012",
		"sim list --company acme", "sim show --company acme " + ownSIM, "line list acme",
		"ussd --company acme " + ownSIM + " *100#", "sim bind --company acme " + ownSIM + " +74951234567 --reason ported",
		"sim release --company acme +74951234567 --trunk carrier-a --reason back",
	} {
		s := n.run(strings.Fields(line)...)
		all.WriteString("# " + line + "\n" + s.String() + "\n")
	}
	golden(t, "sms", all.String())
}

func TestANumberMovesToASIMAndBackFromTheCommandLine(t *testing.T) {
	n := newNode(t)
	withCard := acmeFile + "sims:\n  - {iccid: \"" + ownSIM + "\", number: \"+79160000001\", operator: blue, mandate: {owner: Acme, contract: \"17\", for: [calls]}}\n"
	if s := n.apply("acme.yaml", withCard); s.code != exitOK {
		t.Fatal(s)
	}
	if s := n.run("sim", "bind", ownSIM, "+74951234567", "--base", "7", "--reason", "x"); s.code != exitFailed || !strings.Contains(s.err, "base generation 7 is stale") {
		t.Error(s)
	}
	var all strings.Builder
	for _, line := range []string{
		"sim bind " + ownSIM + " +74951234567 --dry-run", "sim bind " + ownSIM + " +74951234567 --reason ported --author tester", "sim list",
		"sim show " + ownSIM, "line show " + ownSIM, "sim release +74951234567 --trunk carrier-a --reason back",
		"sim release +74951234567 --trunk carrier-a --spare +79160000001 --reason back --author tester", "sim bind " + ownSIM + " +74951234567 --dry-run",
		"export acme --list",
	} {
		all.WriteString("# " + line + "\n" + n.run(strings.Fields(line)...).String() + "\n")
	}
	if text := n.must("export", "acme"); text != withCard {
		t.Errorf("the document is otherwise:\n%s", text)
	}
	golden(t, "sim", all.String())
}

// answering is a server that answers as it is told, and notes what it was asked.
func answering(t *testing.T, answers map[string]any) (socket string, asked *[]string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "roadline-answer-") // short: a unix socket's path is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, asked = filepath.Join(dir, "s"), &[]string{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		*asked = append(*asked, fmt.Sprint(r.Method, " ", r.URL.Path, " ", body, r.Header.Get("Idempotency-Key")))
		list, ok := answers[r.Method+" "+r.URL.Path].([]any)
		if !ok {
			list = []any{answers[r.Method+" "+r.URL.Path]}
		}
		if len(list) > 1 {
			answers[r.Method+" "+r.URL.Path] = list[1:]
		}
		_ = json.NewEncoder(w).Encode(list[0])
	}))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return socket, asked
}

func TestWhatTheNodeSaysOfItsLinesIsShown(t *testing.T) {
	since := time.Date(2026, time.November, 17, 9, 0, 0, 0, time.UTC)
	ready := fmc.LineView{
		LineState: fmc.LineState{ID: "sim:1", Kind: fmc.SIMLine, Ready: true, SIM: &fmc.SIMState{ICCID: "1", Network: "Blue", Roaming: true, SignalDBm: -71, Used: fmc.SIMUsed{Calls: 3, Talk: 150 * time.Second, Messages: 4}}},
		Name:      "usb-1.2", Family: "huawei", Model: "E1750", IMEI: "86", State: "in a call", Since: since, Call: "c1", Queue: 2,
	}
	bad := fmc.LineView{LineState: fmc.LineState{ID: "sim:2", Why: "its PIN is not known"}, State: "quarantined", WayOut: "write its PIN to the secrets"}
	score, setup := 389, times.Seconds(2.5)
	socket, asked := answering(t, map[string]any{
		"GET /v1/companies":                  []cabinet.CompanyShown{{ID: "acme"}},
		"GET /v1/companies/acme/lines":       []fmc.LineView{ready, bad},
		"GET /v1/companies/acme/lines/sim:1": cabinet.LineDetail{Line: ready, Day: cabinet.QualityShown{Calls: 2, Answered: 1, Talk: 60, Setup: &setup, Setup90: &setup, MOS: &score}, Use: []cabinet.UseShown{{Day: "2026-11-17", Calls: 1, Talk: 90, Messages: 4}}},
		"GET /v1/companies/acme/lines/sim:2": cabinet.LineDetail{Line: bad},
		"GET /v1/modems": []fmc.ModemView{
			{Name: "usb-1.2", Family: "huawei", Maker: "huawei", Model: "E1750", IMEI: "86", ICCID: "1", Company: "acme", State: "ready", Can: map[string]string{"voice": "serial", "sms": "yes", "hold": "no", "keys out": "", "proved": "by a simulator"}},
			{Name: "usb-1.3", Family: "generic", State: "held", Why: "ModemManager has it"},
		},
		"GET /v1/gateways": []fmc.GatewayView{
			{Name: "office", Vendor: "goip", Address: "192.0.2.10:44444", Since: since, Lines: []fmc.ModemView{
				{Name: "gw:office:goip1", Family: "goip", ICCID: "1", Company: "acme", State: "ready"}, {Name: "gw:office:goip2", State: "absent", Why: "it is blocked"},
			}, Quirks: []string{"a text is told three times"}, Clear: "passwords travel readable"},
			{Name: "depot", Vendor: "dinstar", Why: "the gateway refuses user admin with this password", Lines: []fmc.ModemView{}, Quirks: []string{}},
		},
		"POST /v1/companies/acme/messages": fmc.Message{ID: "m1", SIM: "1", Number: callerid.Number{E164: "+79160000001"}, To: callerid.Number{E164: "+79120000001"}, Parts: 2, Alphabet: "ucs2", Until: since},
	})
	var all strings.Builder
	for _, line := range []string{"line list", "line show 1", "line show sim:2", "modem list", "gateway list", "sms send --to +79120000001 --author ivanov Привет", "line show 1 -o json"} {
		s := runWith(t, "", append(strings.Fields(line), "--socket", socket)...)
		all.WriteString("# " + line + "\n" + s.String() + "\n")
	}
	if s := runWith(t, "from a file\n", "sms", "send", "--to", "+79120000001", "-", "--author", "a", "--socket", socket); s.code != exitOK {
		t.Error(s)
	}
	if last := (*asked)[len(*asked)-1]; !strings.Contains(last, "text:from a file to:+79120000001]") {
		t.Error(last)
	}
	if s := runWith(t, "", "sms", "send", "--to", "+79120000001", "hello", "--key", "k-1", "--socket", socket); s.code != exitOK || !strings.Contains((*asked)[len(*asked)-1], "k-1") {
		t.Errorf("%s, asked %s", s, (*asked)[len(*asked)-1])
	}
	golden(t, "lines", all.String())
}

// pseudo is a pseudo-terminal: what is typed into the one end is standard input at the other.
func pseudo(t *testing.T) (typed, in *os.File) {
	t.Helper()
	typed, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = typed.Close() })
	if err := unix.IoctlSetPointerInt(int(typed.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(typed.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	in, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return typed, in
}

func TestANetworkThatAsksBackIsAnsweredFromTheTerminal(t *testing.T) {
	const path = "POST /v1/companies/acme/lines/sim:1/ussd"
	menu := fmc.USSDAnswer{Text: "1 Balance\r\n2 Tariff", Open: true, Mode: 1}
	last := fmc.USSDAnswer{Text: "12,50 р.", Mode: 0}
	companies := []cabinet.CompanyShown{{ID: "acme"}}
	run := func(p *program, socket, output string) said {
		var out, no strings.Builder
		p.out, p.err, p.zone, p.now = &out, &no, time.UTC, time.Now
		code := p.execute(t.Context(), []string{"ussd", "1", "*100#", "--socket", socket, "-o", output})
		return said{out.String(), no.String(), code}
	}
	for typed, row := range map[string]struct {
		asked []string
		out   string
	}{
		"1\n": {[]string{"text:*100#]", "text:1]"}, "1 Balance\n2 Tariff\n12,50 р.\n"},
		"\n":  {[]string{"text:*100#]", "end:true]"}, "1 Balance\n2 Tariff\n"},
	} {
		socket, asked := answering(t, map[string]any{"GET /v1/companies": companies, path: []any{menu, last}})
		keys, in := pseudo(t)
		if _, err := keys.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		s := run(&program{in: in}, socket, "table")
		if s.code != exitOK || s.out != row.out || len(*asked) != len(row.asked)+1 {
			t.Errorf("%q: %s %q", typed, s, *asked)
			continue
		}
		for i, want := range row.asked {
			if got := (*asked)[i+1]; !strings.Contains(got, want) {
				t.Errorf("%q: asked %q, want %s", typed, got, want)
			}
		}
	}
	for _, output := range []string{"table", "json"} { // nobody sits there
		socket, asked := answering(t, map[string]any{"GET /v1/companies": companies, path: menu})
		s := run(&program{in: strings.NewReader("1\n")}, socket, output)
		if s.code != exitOK || !strings.Contains(s.err, "the network waits for an answer: roadline ussd 1 ANSWER") || len(*asked) != 2 {
			t.Errorf("%s %q", s, *asked)
		}
	}
	socket, _ := answering(t, map[string]any{"GET /v1/companies": companies, path: fmc.USSDAnswer{Mode: 5}})
	if s := run(&program{in: strings.NewReader("")}, socket, "table"); !strings.Contains(s.out, "(the network did not answer in time)") {
		t.Error(s)
	}
}
