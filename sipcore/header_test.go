package sipcore

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

var update = flag.Bool("update", false, "write the golden files of testdata/wire")

// random is what differs from run to run, and what stands in its place in the golden files.
var random = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`branch=z9hG4bK[-.\w]+`), "branch=BRANCH"},
	{regexp.MustCompile(`;tag=[-.\w]{16}\b`), ";tag=OURS"},
	{regexp.MustCompile(`Call-ID: \w{24}\n`), "Call-ID: OURS\n"},
	{regexp.MustCompile(`o=- \d+ `), "o=- SESSION "},
	{regexp.MustCompile(`m=audio \d+ `), "m=audio PORT "},
	{regexp.MustCompile(`(?s)\A([A-Z]+ sip:.*\nCSeq: )\d+ `), "${1}NUMBER "}, // of what we ask
	{regexp.MustCompile(`Content-Length: [1-9]\d*\n`), "Content-Length: LENGTH\n"},
}

// golden compares a message with its file.
func golden(t *testing.T, name string, msg sip.Message) {
	t.Helper()
	text := strings.ReplaceAll(msg.String(), "\r\n", "\n")
	for _, r := range random {
		text = r.what.ReplaceAllString(text, r.as)
	}
	path := filepath.Join("testdata", "wire", name+".sip")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it by go test -run %s -update", err, t.Name())
	}
	if text != string(want) {
		t.Errorf("%s differs; look, then -update\n--- got\n%s--- want\n%s", path, text, want)
	}
}

func TestTheWireReadsAsWrittenDown(t *testing.T) {
	virtual(t, func(h *house) {
		l := h.ringing("c1")
		l.Progress(false)
		golden(t, "180", h.peer.response(180))
		l.Answer()
		ok := h.peer.response(200)
		golden(t, "200_invite", ok)
		h.peer.say(inDialog("ACK", 10, "k1", ok))
		h.link(fmc.Up)
		h.peer.say(inDialog("OPTIONS", 11, "k2", ok))
		golden(t, "200_options", h.peer.response(200))
		h.peer.say(inDialog("BYE", 12, "k3", ok))
		golden(t, "200_bye", h.peer.response(200))
		h.link(fmc.Gone)

		h.ringing("c2").Release(cause.Of(cause.Busy))
		golden(t, "486", h.peer.response(486))
		h.link(fmc.Gone)
		h.peer.say(ackOf("c2", sip.NewResponseFromRequest(mustParse(t, inviteText("i-c2", "c2")), 486, "", nil)))

		one := h.dial()
		h.link(fmc.Dialing)
		invite := h.peer.request("INVITE")
		golden(t, "invite", invite)
		h.peer.answer(invite, 180, "m")
		h.link(fmc.Alerting)
		one.Release(cause.Of(cause.TakenElsewhere))
		cancel := h.peer.request("CANCEL")
		golden(t, "cancel", cancel)
		h.peer.answer(cancel, 200, "m")
		h.peer.answer(invite, 487, "m")
		h.peer.request("ACK")
		h.link(fmc.Gone)

		two, again := h.reached("m")
		_ = again
		two.Release(cause.Of(cause.Hangup))
		golden(t, "bye", h.peer.request("BYE"))
	})
}

func mustParse(t *testing.T, text string) *sip.Request {
	t.Helper()
	msg, err := sip.NewParser().ParseSIP([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	req, ok := msg.(*sip.Request)
	if !ok {
		t.Fatal("no request")
	}
	return req
}

func TestANumberIsShownInTheHeadersOfTheTrunk(t *testing.T) {
	own := callerid.Number{E164: number, Country: "RU"}
	client := callerid.Number{E164: "+79120000001", Country: "RU"}
	owned := acme().Owned()
	login := digest.Login{Name: "acme@77", Password: "x"}
	for _, row := range []struct {
		name  string
		form  callerid.Form
		login digest.Login
		wish  callerid.Wish
		want  []string // in this order
		never string
	}{
		{
			"both",
			callerid.Form{Country: "RU"},
			digest.Login{},
			callerid.Wish{Number: own, Display: "Acme"},
			[]string{`From: "Acme" <sip:+74951234567@us>`, `P-Asserted-Identity: "Acme" <sip:+74951234567@us>`},
			"Privacy",
		},
		{
			"from alone, as people dial",
			callerid.Form{Country: "RU", Carry: callerid.CarryFrom, Caller: callerid.Format{Style: callerid.National}},
			digest.Login{},
			callerid.Wish{Number: own},
			[]string{"From: <sip:84951234567@us>"},
			"P-Asserted",
		},
		{
			"asserted beside an account",
			callerid.Form{Country: "RU", Carry: callerid.CarryAsserted},
			login,
			callerid.Wish{Number: own},
			[]string{"From: <sip:acme%4077@us>", "P-Asserted-Identity: <sip:+74951234567@us>"},
			"",
		},
		{
			"remote party",
			callerid.Form{Country: "RU", Carry: callerid.CarryRemoteParty},
			digest.Login{},
			callerid.Wish{Number: own},
			[]string{"From: <sip:+74951234567@us>", "Remote-Party-ID: <sip:+74951234567@us>;party=calling;screen=yes;privacy=off"},
			"",
		},
		{
			"hidden",
			callerid.Form{Country: "RU", Privacy: true},
			digest.Login{},
			callerid.Wish{Number: own, Hidden: true},
			[]string{`From: "Anonymous" <sip:anonymous@anonymous.invalid>`, "P-Asserted-Identity: <sip:+74951234567@us>", "Privacy: id"},
			"",
		},
		{
			"diverted",
			callerid.Form{Country: "RU", Diverted: callerid.ByDiversion},
			digest.Login{},
			callerid.Wish{Number: own, Client: client, Called: own},
			[]string{
				"From: <sip:+79120000001@us>", "P-Asserted-Identity: <sip:+74951234567@us>",
				"Diversion: <sip:+74951234567@us>;reason=unconditional;counter=1",
			},
			"",
		},
		{
			"diverted, with history",
			callerid.Form{Country: "RU", Diverted: callerid.ByHistory},
			digest.Login{},
			callerid.Wish{Number: own, Client: client, Called: own},
			[]string{
				"From: <sip:+79120000001@us>", "History-Info: <sip:+74951234567@us?Reason=SIP%3Bcause%3D302>;index=1",
				"History-Info: <sip:+79161234567@them>;index=1.1;mp=1",
			},
			"Diversion",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			shown, err := callerid.Show(row.wish, owned, row.form, time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: mobile, Host: "them"})
			req.AppendHeader(&sip.FromHeader{Params: tagParams("x")})
			trunk := &Trunk{Form: row.form, Login: row.login}
			if err := identity(req, shown, trunk, owned, "us", time.Unix(0, 0), 0); err != nil {
				t.Fatal(err)
			}
			text, from := req.String(), 0
			for _, want := range row.want {
				i := strings.Index(text[from:], want)
				if i < 0 {
					t.Fatalf("no %q in\n%s", want, text)
				}
				from += i
			}
			if row.never != "" && strings.Contains(text, row.never) {
				t.Errorf("%q in\n%s", row.never, text)
			}
		})
	}
}

func TestAnEmergencyCallMayShowNothing(t *testing.T) {
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "112", Host: "them"})
	req.AppendHeader(&sip.FromHeader{Params: tagParams("x")})
	if err := identity(req, callerid.Anonymous("the proof ran out"), &Trunk{Form: callerid.Form{Country: "RU"}}, callerid.Owned{}, "us", time.Unix(0, 0), 0); err != nil {
		t.Fatal(err)
	}
	if text := req.String(); !strings.Contains(text, "sip:anonymous@anonymous.invalid") || strings.Contains(text, "P-Asserted") {
		t.Fatal(text)
	}
}

func TestTheCallerIsReadWhereTheTrunkPutsIt(t *testing.T) {
	const all = "From: <sip:account7@them>;tag=1\n" +
		"P-Asserted-Identity: \"A, B\" <sip:89120000001@them>, <tel:+7-912-000-00-02>\n" +
		"Remote-Party-ID: <sip:%2B79120000003@them;user=phone>;party=calling\n" +
		"Diversion: <sip:+79120000004@them>;reason=unconditional, <sip:+79120000009@them>;reason=user-busy\n" +
		"History-Info: <sip:+79120000005@them?Reason=SIP%3Bcause%3D302>;index=1, <sip:+74951234567@us>;index=1.1\n" +
		"Contact: <sip:+79120000006@them:5060>\n"
	for _, row := range []struct {
		name    string
		headers string
		sources []callerid.Source
		want    string
	}{
		{"asserted", all, []callerid.Source{callerid.SourceAsserted}, "+79120000001"},
		{"remote party", all, []callerid.Source{callerid.SourceRemoteParty}, "+79120000003"},
		{"diversion", all, []callerid.Source{callerid.SourceDiversion}, "+79120000004"},
		{"history", all, []callerid.Source{callerid.SourceHistory}, "+79120000005"},
		{"contact", all, []callerid.Source{callerid.SourceContact}, "+79120000006"},
		{"the first that holds one", all, []callerid.Source{callerid.SourceFrom, callerid.SourceAsserted}, "+79120000001"},
		{"from by default", "From: \"Ivan\" <sip:+79120000007@them>;tag=1\n", nil, "+79120000007"},
		{"hidden", "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\nPrivacy: id\n", nil, "hidden"},
		{
			"hidden, yet told to us", "From: <sip:anonymous@anonymous.invalid>;tag=1\nPrivacy: id\nP-Asserted-Identity: <sip:+79120000008@them>\n",
			[]callerid.Source{callerid.SourceFrom, callerid.SourceAsserted},
			"+79120000008",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := mustParse(t, "INVITE sip:+74951234567@us SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\nTo: <sip:us>\nCall-ID: 1\nCSeq: 1 INVITE\n"+row.headers+"\n\n")
			if got := callerOf(req, callerid.Form{Country: "RU", Sources: row.sources}).String(); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
	req := mustParse(t, "INVITE sip:account7@us SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\nTo: <sip:84951234567@us>\nCall-ID: 1\nCSeq: 1 INVITE\n"+all+"\n\n")
	trunk := &Trunk{Form: callerid.Form{Country: "RU"}, CalledInTo: true}
	if got := calledOf(req, trunk).E164; got != number {
		t.Errorf("called %s", got)
	}
	if got := diverterOf(req, trunk.Form).E164; got != "+79120000004" || diversions(req) != 2 {
		t.Errorf("diverted by %s, %d times", got, diversions(req))
	}
}

func TestEveryMeaningHasAStatusAndEveryKindToo(t *testing.T) {
	for m := cause.Unknown; m <= cause.Interrupted; m++ {
		if s, ok := statusRow[m]; !ok || s < 400 || phrases[s] == "" {
			t.Errorf("%v: %d", m, s)
		}
		if m != cause.Interrupted && statusRow[m] == 503 {
			t.Errorf("%v is told as 503: a carrier takes the trunk for dead", m)
		}
	}
	for k := cause.Invalid; k <= cause.Unsupported; k++ {
		if s := statusOfError(cause.Errorf(k, "x")); s == 500 || phrases[s] == "" {
			t.Errorf("%v: %d", k, s)
		}
	}
}

// FuzzHeaders reads any value as every header that we take apart ourselves. None may stop the process, and what was read
// as an address is written so that it reads the same.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{
		`"A \"B\", C" <sip:+7912@x;user=phone?Reason=SIP%3Bcause%3D302>;index=1.1;counter=3`, `<tel:+7-912>;a`, `Q.850;cause=17;text="User; busy"`,
		`1800;refresher=uac`, `sip:%2b7@[::1]:5060;lr`, `<sip:202@x?Replaces=c%3Bto-tag%3Da%3Bfrom-tag%3Db>`, `<`, `"`, `;;;=`, `\`, "id;none", "//", "a;b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if strings.ContainsAny(value, "\r\n") {
			return
		}
		req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: value, Host: "x"})
		for _, name := range []string{"P-Asserted-Identity", "Diversion", "History-Info", "Reason", "Session-Expires", "Min-SE", "Privacy", "Require", "Remote-Party-ID", "Refer-To", "Replaces"} {
			req.AppendHeader(sip.NewHeader(name, value))
		}
		req.AppendHeader(&sip.FromHeader{})
		form := callerid.Form{Country: "RU", Sources: []callerid.Source{callerid.SourceAsserted, callerid.SourceDiversion, callerid.SourceHistory, callerid.SourceRemoteParty}}
		callerOf(req, form)
		diverterOf(req, form)
		if n := diversions(req); n < 0 {
			t.Errorf("%d diversions", n)
		}
		if q := reasonQ850(req); q < 0 || q > 127 {
			t.Errorf("cause %d", q)
		}
		if n, _ := sessionExpires(req); n < 0 {
			t.Errorf("session of %d s", n)
		}
		if to, err := referTo(req); err == nil && userOf(&to.URI) == "" {
			t.Errorf("a call is transferred to nobody: %q", value)
		}
		for _, a := range nameAddrs(req, "refer-to") {
			_, _ = replacesIn(&a.URI)
		}
		if r, err := replacesOf(req); err == nil && (r == nil || r.callID == "") {
			t.Errorf("%q names no dialog", value)
		}
		Tag{Parameter: "cpc"}.on(req)
		Tag{Header: "Diversion"}.on(req)
		minSE(req)
		unsupported(req)
		completedElsewhere(req)
		infoKey("application/dtmf-relay", []byte(value))
		infoKey("application/dtmf", []byte(value))
		var u sip.Uri
		if err := sip.ParseUri("sip:"+escapeUser(value)+"@x", &u); err == nil && value != "" && userOf(&u) != value {
			t.Errorf("user %q was written %q and read %q", value, escapeUser(value), userOf(&u))
		}
		if s := wire.Quote(value); strings.ContainsAny(s, "\r\n\x00") || s[0] != '"' || s[len(s)-1] != '"' {
			t.Errorf("quoted %q", s)
		}
	})
}

// FuzzDialogState reads any journal's dialog.
func FuzzDialogState(f *testing.F) {
	f.Add("c", "sip:a@b", "sip:c@d:5060;transport=tcp", "192.0.2.1:5060", "<sip:x;lr>")
	f.Fuzz(func(t *testing.T, id, local, target, remote, route string) {
		d, err := restored(fmc.Dialog{CallID: id, LocalURI: local, LocalTag: "t", RemoteURI: local, Target: target, Remote: remote, Routes: []string{route}, Transport: "UDP"})
		if err != nil {
			if cause.KindOf(err) != cause.Invalid {
				t.Errorf("kind of %v", err)
			}
			return
		}
		_ = d.request(sip.BYE).String()
	})
}
