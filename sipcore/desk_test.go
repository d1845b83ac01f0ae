package sipcore

import (
	"fmt"
	"net/netip"
	"strings"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/plan"
	"roadline/sipcore/wire"
)

// town is a directory of several companies, with the accounts of each.
type town []*fmc.Company

func (t town) Company(id fmc.CompanyID) (*fmc.Company, bool) {
	for _, co := range t {
		if co.Profile.ID == id {
			return co, true
		}
	}
	return nil, false
}

func (t town) Called(trunk fmc.TrunkID, e164 string) (*fmc.Company, bool) {
	for _, co := range t {
		if n, ok := co.NumberOf(e164); ok && n.Trunk == trunk {
			return co, true
		}
	}
	return nil, false
}

func (t town) owner(a fmc.AccountID) (fmc.CompanyID, bool) {
	for _, co := range t {
		if _, _, ok := co.Account(a); ok {
			return co.Profile.ID, true
		}
	}
	return "", false
}

func person(id fmc.EmployeeID, extension, mobile string, accounts ...fmc.AccountID) fmc.Employee {
	e := fmc.Employee{ID: id, Extension: extension}
	for _, a := range accounts {
		e.Devices = append(e.Devices, fmc.Device{ID: fmc.DeviceID(string(id) + "/" + string(a)), Kind: fmc.SIPPhone, Account: a})
	}
	if mobile != "" {
		e.Devices = append(e.Devices, fmc.Device{ID: fmc.DeviceID(string(id) + "/mobile"), Kind: fmc.Mobile, Number: callerid.Number{E164: mobile, Country: "RU"}})
	}
	return e
}

// settle makes the house one of two companies: in the first Ivanov has two phones, in the second another Ivanov has one.
func (h *house) settle() {
	acme, other := acme(), &fmc.Company{Profile: fmc.Profile{ID: "other", Country: "RU", Zone: time.UTC}}
	acme.Employees = []fmc.Employee{
		person("ivanov", "201", mobile, "ivanov-desk", "ivanov-soft"),
		person("petrov", "202", "+79167654321", "petrov-desk"),
	}
	other.Employees = []fmc.Employee{person("ivanov", "201", "+79990000001", "smith-desk")}
	all := town{acme, other}
	h.legs.opts.Companies, h.legs.opts.Owner = all, all.owner
}

// desk is a phone of an account, written by hand.
type desk struct {
	*farEnd
	h       *house
	account fmc.AccountID
	addr    string
	seq     int
}

// desk puts a phone on the network, the one of each account at an address of its own.
func (h *house) desk(account fmc.AccountID) *desk {
	addr := fmt.Sprintf("192.0.2.%d:5060", 100+len(h.desks))
	h.desks[addr] = account
	h.legs.opts.Trunks.phones.(phones)[account] = []Binding{{Contact: "sip:" + string(account) + "@" + addr, Transport: wire.UDP, Remote: netip.MustParseAddrPort(addr), Local: netip.MustParseAddrPort(ourAddr)}}
	return &desk{farEnd: newFarEnd(h.T, h.net, addr, ourAddr), h: h, account: account, addr: addr, seq: 10}
}

// invites sends an INVITE.
func (d *desk) invites(callID, dialled string, more ...string) {
	d.t.Helper()
	text := "INVITE sip:" + dialled + "@192.0.2.10 SIP/2.0\n" +
		"Via: SIP/2.0/UDP " + d.addr + ";branch=z9hG4bK" + callID + "\nMax-Forwards: 70\n" +
		"From: <sip:" + string(d.account) + "@acme>;tag=t-" + callID + "\nTo: <sip:" + dialled + "@acme>\n" +
		"Call-ID: " + callID + "\nCSeq: 10 INVITE\nContact: <sip:" + string(d.account) + "@" + d.addr + ">\n" +
		"Content-Type: application/sdp\n"
	for _, m := range more {
		text += m + "\n"
	}
	d.say(text + "\n" + sdpOf(40010))
	d.response(100)
}

// talks brings a call of the phone to the point where it is answered, and returns our 200.
func (d *desk) talks(callID, dialled string) (*leg, *sip.Response) {
	d.t.Helper()
	d.invites(callID, dialled)
	l := d.h.leg()
	l.Answer()
	ok := d.response(200)
	d.within("ACK", ok)
	d.h.link(fmc.Up)
	return l, ok
}

// within sends a request in the dialog of a response of ours to the phone.
func (d *desk) within(method string, ours *sip.Response, more ...string) {
	d.t.Helper()
	if method != "ACK" {
		d.seq++
	}
	text := method + " " + contactOf(ours) + " SIP/2.0\n" +
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s-%s-%d\nMax-Forwards: 70\n", d.addr, method, ours.CallID().Value(), d.seq) +
		"From: " + ours.From().Value() + "\nTo: " + ours.To().Value() + "\nCall-ID: " + ours.CallID().Value() + "\n" +
		fmt.Sprintf("CSeq: %d %s\nContact: <sip:%s@%s>\n", d.seq, method, d.account, d.addr)
	d.say(text + strings.Join(more, "\n") + "\n")
}

// rung dials the phone and returns our INVITE, which it has answered with 180 and this tag.
func (d *desk) rung(n int, tag string) (*leg, *sip.Request) {
	d.t.Helper()
	l := d.h.legs.Dial(fmc.LegID{Call: "call-x", N: n}, plan.Try{Role: fmc.Worker, Account: d.account, Lines: []plan.Candidate{{
		Line: fmc.LineID("sip:" + d.account), Kind: fmc.AccountLine, Shown: callerid.Inside(callerid.Number{E164: "+79120000001", Country: "RU"}, ""),
	}}}).(*leg)
	invite := d.request("INVITE")
	d.answer(invite, 180, tag)
	d.h.link(fmc.Dialing)
	d.h.link(fmc.Alerting)
	return l, invite
}

// replacing is a Replaces value that names a dialog of ours by its Call-ID, our tag and the phone's.
func replacing(callID, ours, phones string) string {
	return callID + ";to-tag=" + ours + ";from-tag=" + phones
}

// ofOurs names the dialog of a response of ours.
func ofOurs(res *sip.Response) string {
	return replacing(res.CallID().Value(), tagOf(res.To().Params), tagOf(res.From().Params))
}

// escaped writes a value as a header in a URI.
func escaped(replaces string) string {
	return "Replaces=" + strings.NewReplacer(";", "%3B", "=", "%3D", "@", "%40").Replace(replaces)
}

// wishes returns what was wished of calls so far.
func (h *house) wishes() (out []call.Wish) {
	synctest.Wait()
	for {
		select {
		case ev := <-h.board.events:
			if w, ok := ev.(call.Wished); ok {
				out = append(out, w.Wish)
			}
		default:
			return out
		}
	}
}

// notified waits for a NOTIFY with this status line and state, and takes it.
func (d *desk) notified(status int, state, event string) *sip.Request {
	d.t.Helper()
	req := d.request("NOTIFY")
	value := func(name string) string {
		if h := req.GetHeader(name); h != nil {
			return h.Value()
		}
		return ""
	}
	if !strings.HasPrefix(string(req.Body()), fmt.Sprintf("SIP/2.0 %d ", status)) || !strings.HasPrefix(value("Subscription-State"), state) ||
		value("Event") != event || value("Content-Type") != "message/sipfrag;version=2.0" || req.Contact() == nil {
		d.t.Fatalf("want %d, %s, %s:\n%s", status, state, event, req)
	}
	d.answer(req, 200, "")
	return req
}
