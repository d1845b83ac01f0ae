package cabinet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/document/documenttest"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/store"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// now is a Monday morning in Moscow.
var now = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

const acmeFile = `company: acme
name: Acme
country: RU
timezone: Europe/Moscow
numbers:
  - {e164: "+74951234567", trunk: carrier-a, owner: ivanov, proof: {contract: "17", from: 2026-01-01}}
employees:
  - {id: ivanov, name: Ivan, extension: "201", account: {sip: ivanov-desk}, mobile: "+79161234567"}
recording: {policy: all}
`

var betaFile = strings.NewReplacer("acme", "beta", "Acme", "Beta", "+74951234567", "+74952222222", "ivanov", "orlov", "+79161234567", "+79169999999").Replace(acmeFile)

// desk is an API on a real store, with companies that the machine grants everything.
type desk struct {
	t       *testing.T
	api     *cabinet.API
	options cabinet.Options
	store   *store.Store
	calls   *board
	log     bytes.Buffer
	granted error
	speaks  error
	heard   int // how often new words were taken up
	folder  string
	sent    []string // messages that the node was given
	asked   []string // what networks were asked
	fails   error    // of the node's lines
	told    []string // messages that the node was told were heard
	modes   map[fmc.CompanyID]fmc.Modes
	sounds  jukebox
}

// board is a Switch whose live calls a test writes, and which notes what is wanted.
type board struct {
	*call.Switch
	live   []call.Call
	begun  []plan.Request
	wished []call.Wish
	fails  error
}

func (b *board) Calls() []call.Call { return b.live }

func (b *board) Begin(r plan.Request) (fmc.CallID, error) {
	b.begun = append(b.begun, r)
	return "019aa000-0000-7000-8000-00000000000a", b.fails
}

func (b *board) Wish(_ fmc.CompanyID, _ fmc.CallID, w call.Wish) error {
	b.wished = append(b.wished, w)
	return b.fails
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, store: storetest.Open(t), folder: t.TempDir(), modes: map[fmc.CompanyID]fmc.Modes{"acme": {}, "beta": {}}}
	directory := documenttest.Directory(t, d.store)
	d.calls = &board{Switch: call.NewSwitch(call.Options{Reach: documenttest.Reach})}
	d.options = cabinet.Options{
		Store: d.store, Directory: directory, Calls: d.calls, Sounds: &d.sounds, Traces: d.store.Traces(store.TracesOptions{}), Recordings: d.folder,
		Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
		Node: cabinet.Node{
			Lasts:   func(fmc.CompanyID, fmc.PromptID) time.Duration { return 3 * time.Second },
			State:   func() cabinet.State { return cabinet.State{Node: "one", SIP: "here", Drain: cause.Unavailable} },
			Reach:   documenttest.Reach,
			Granted: func(*fmc.Company) error { return d.granted },
			Heard:   func(company fmc.CompanyID, p fmc.PromptID) { d.told = append(d.told, string(company)+"|"+string(p)) },
			Modes:   func(company fmc.CompanyID) fmc.Modes { return d.modes[company] },
			SetMode: func(company fmc.CompanyID, m fmc.ModeSet) error {
				d.modes[company][m.Employee] = m
				return d.fails
			},
			Speak: func(context.Context, *fmc.Company) (func(), error) {
				return func() { d.heard++ }, d.speaks
			},
			Lines: lineOf, Modems: func() []fmc.ModemView { return []fmc.ModemView{{Name: "usb-1.2", Family: "huawei", State: "ready"}} },
			Gateways: func(company fmc.CompanyID) []fmc.GatewayView {
				return []fmc.GatewayView{{Name: "office", Vendor: "goip", Lines: []fmc.ModemView{{Name: "gw:office:1", Company: company}}, Quirks: []string{"odd"}}}
			},
			Cards: func(context.Context) ([]fmc.CardView, error) {
				return []fmc.CardView{{Reader: "Virtual PCD 00 00", ICCID: cardOne, State: "pin"}}, nil
			},
			Unlock: func(_ context.Context, id fmc.ICCID, looked bool) (fmc.CardView, error) {
				if id != cardOne || !looked {
					return fmc.CardView{}, cause.Errorf(cause.NotFound, "the card %s is in none of the readers", id)
				}
				return fmc.CardView{ICCID: id, State: "ready"}, nil
			},
			Banks: func(company fmc.CompanyID) []fmc.BankView {
				b := fmc.BankView{Bank: "cellar", State: fmc.BankReached, Slots: []fmc.BankSlotView{}, Modems: []fmc.BankModemView{{Modem: "left", Connected: true}}}
				for card, of := range map[fmc.ICCID]fmc.CompanyID{simOf("acme"): "acme", simOf("beta"): "beta", cardOne: "acme"} {
					if of == company {
						b.Slots = append(b.Slots, fmc.BankSlotView{BankID: 1, SIM: card, Company: of, State: fmc.SlotFree})
					}
				}
				return []fmc.BankView{b}
			},
			MoveCard: func(c *fmc.Company, m fmc.CardMove) error {
				d.asked = append(d.asked, fmt.Sprint(c.Profile.ID, "|", m.SIM, "|", m.Modem, "|", m.By, "|", m.Reason, "|", m.Lose))
				return d.fails
			},
			Send: func(_ context.Context, company fmc.CompanyID, from, to, text, by string) (fmc.Message, error) {
				d.sent = append(d.sent, strings.Join([]string{string(company), from, to, text, by}, "|"))
				return fmc.Message{ID: "m", SIM: simOf(company), Parts: 1, Alphabet: "gsm7"}, d.fails
			},
			MessageWay: func(*fmc.Company, fmc.MessageOrder) (fmc.MessageWay, error) {
				return fmc.MessageWay{}, d.fails
			},
			Release: func(company fmc.CompanyID, line fmc.LineID) error {
				d.asked = append(d.asked, string(company)+"|"+string(line))
				return d.fails
			},
			TryCards: func(*fmc.Company, fmc.ICCID, string) ([]fmc.ShadowPair, error) {
				return []fmc.ShadowPair{{From: "8970101234567890123", To: "8970101234567890131"}}, nil
			},
			Restart: func(_ context.Context, company fmc.CompanyID, line fmc.LineID, lose bool) error {
				d.asked = append(d.asked, fmt.Sprint(company, "|", line, "|", lose))
				return d.fails
			},
			LookForwarding: func(ctx context.Context, company fmc.CompanyID, id fmc.ICCID, by string) (fmc.ForwardingSeen, error) {
				if ctx.Err() != nil {
					return fmc.ForwardingSeen{}, cause.Errorf(cause.Unavailable, "the network did not answer: %w", ctx.Err())
				}
				d.asked = append(d.asked, strings.Join([]string{string(company), string(id), by}, "|"))
				return fmc.ForwardingSeen{SIM: id, Asked: fmc.AskedPerson, By: by, State: fmc.ForwardingRight}, d.fails
			},
			USSD: func(_ context.Context, company fmc.CompanyID, line fmc.LineID, text string) (fmc.USSDAnswer, error) {
				d.asked = append(d.asked, strings.Join([]string{string(company), string(line), text}, "|"))
				return fmc.USSDAnswer{Text: "1 balance 2 more", Open: true, Mode: 1}, d.fails
			},
		},
	}
	var err error
	d.options.Door, err = access.New(access.Options{
		Store: d.store, Companies: directory, URL: "https://pbx.example", Key: bytes.Repeat([]byte("k"), 32), Now: time.Now, Log: d.options.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.api = cabinet.New(d.options)
	return d
}

// without is the API of a node that has no SIM lines.
func (d *desk) without() *cabinet.API {
	o := d.options
	o.Node.Cards, o.Node.Unlock = nil, nil
	o.Node.Lines, o.Node.Modems, o.Node.Gateways, o.Node.Send, o.Node.USSD, o.Node.Release, o.Node.Restart = nil, nil, nil, nil, nil, nil, nil
	return cabinet.New(o)
}

// simOf is the card of a company.
func simOf(company fmc.CompanyID) fmc.ICCID { return "8970" + fmc.ICCID(company) }

// lineOf is the line of a company's card, plugged in.
func lineOf(company fmc.CompanyID) []fmc.LineView {
	l := fmc.LineView{Name: "usb-1.2", State: "ready", LineState: fmc.LineState{ID: simOf(company).Line(), Kind: fmc.SIMLine, Ready: true, SIM: &fmc.SIMState{ICCID: simOf(company)}}}
	return []fmc.LineView{l}
}

// ask sends a request and returns status and body.
func (d *desk) ask(method, path string, body any) (int, string) {
	d.t.Helper()
	var send io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		send = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			d.t.Fatal(err)
		}
		send = bytes.NewReader(text)
	}
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, httptest.NewRequestWithContext(d.t.Context(), method, path, send))
	return w.Code, w.Body.String()
}

// problem is ask for what must be refused.
func (d *desk) problem(method, path string, body any) cabinet.Problem {
	d.t.Helper()
	status, text := d.ask(method, path, body)
	var p cabinet.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || p.Status != status || p.Title == "" || p.Type == "" {
		d.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return p
}

// apply applies a document that must be taken.
func (d *desk) apply(id, whole string, base int64) document.Applied {
	d.t.Helper()
	status, text := d.ask(http.MethodPut, "/v1/companies/"+id+"/document", document.Apply{Document: whole, Base: base, Author: "a", Reason: "r"})
	var done document.Applied
	if err := json.Unmarshal([]byte(text), &done); err != nil || status != http.StatusOK {
		d.t.Fatalf("%d %s", status, text)
	}
	return done
}

// happened has a call of a company happen, and returns its id.
func (d *desk) happened(document string, more ...fmc.Happening) fmc.CallID {
	d.t.Helper()
	c, err := configs.ReadCompany("x", []byte(document))
	if err != nil {
		d.t.Fatal(err)
	}
	return d.supposed(c, call.Supposed{From: "+79120000001", Answers: []string{string(c.Employees[0].ID)}}, more...)
}

// supposed has a call happen that is rehearsed on the first version of a company, and returns its id.
func (d *desk) supposed(c *fmc.Company, s call.Supposed, more ...fmc.Happening) fmc.CallID {
	d.t.Helper()
	c.Generation = 1
	id, facts := documenttest.Facts(d.t, c, s, now)
	for _, body := range more {
		facts = append(facts, fmc.Fact{Company: c.Profile.ID, Call: id, Body: body})
	}
	d.drain(facts...)
	return id
}

// drain brings facts into the store as a node's are.
func (d *desk) drain(facts ...fmc.Fact) {
	d.t.Helper()
	storetest.BringIn(d.t, d.store, facts...)
}

// keep lays a file into the recordings' folder.
func (d *desk) keep(file, text string) {
	d.t.Helper()
	path := filepath.Join(d.folder, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}
