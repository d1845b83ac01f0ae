package sipcore

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/callerid"
	"roadline/sipcore/wire"
)

// callerOf reads who calls on a trunk: the first of the trunk's sources that holds a number; hidden where the caller
// asked for privacy and no source the trunk vouches for has it.
func callerOf(req *sip.Request, form callerid.Form) callerid.Number {
	sources := form.Sources
	if len(sources) == 0 {
		sources = []callerid.Source{callerid.SourceFrom}
	}
	for _, s := range sources {
		raw := rawCaller(req, s)
		if raw == "" {
			continue
		}
		if n := form.Reads.Read(raw, form.Country); n.E164 != "" || n.Code() != "" {
			return n
		}
	}
	if isPrivate(req) || isAnonymous(req.From()) {
		return callerid.Number{Kind: callerid.Hidden}
	}
	return form.Reads.Read(rawCaller(req, sources[0]), form.Country)
}

// rawCaller is the user part that one header holds, empty where it holds none.
func rawCaller(req *sip.Request, s callerid.Source) string {
	switch s {
	case callerid.SourceAsserted:
		return firstUser(nameAddrs(req, "p-asserted-identity"))
	case callerid.SourceRemoteParty:
		return firstUser(nameAddrs(req, "remote-party-id"))
	case callerid.SourceDiversion:
		return firstUser(nameAddrs(req, "diversion"))
	case callerid.SourceHistory:
		d, _ := historyDiverter(req)
		return d
	case callerid.SourceContact:
		if c := req.Contact(); c != nil {
			return userOf(&c.Address)
		}
		return ""
	default:
		return userOf(&req.From().Address)
	}
}

func firstUser(all []nameAddr) string {
	for _, a := range all {
		if u := userOf(&a.URI); u != "" {
			return u
		}
	}
	return ""
}

// isPrivate reports whether the caller wants the number hidden from us: RFC 3323 §4.2 priv-values; "none" asks for
// nothing.
func isPrivate(req *sip.Request) bool {
	for _, h := range req.GetHeaders("privacy") {
		for _, v := range strings.FieldsFunc(strings.ToLower(h.Value()), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			if v == "id" || v == "user" || v == "header" {
				return true
			}
		}
	}
	return false
}

// isAnonymous reports the From of RFC 3323 §4.1.1.3: "Anonymous" <sip:anonymous@anonymous.invalid>.
func isAnonymous(from *sip.FromHeader) bool {
	return strings.EqualFold(from.Address.User, "anonymous") || strings.HasSuffix(strings.ToLower(from.Address.Host), "anonymous.invalid")
}

// calledOf reads which number was called.
func calledOf(req *sip.Request, t *Trunk) callerid.Number {
	return t.Form.Reads.Read(dialledOn(req, t), t.Form.Country)
}

// dialledOn is what was dialled: the Request-URI, or the To header on trunks that put their own account in the
// Request-URI.
func dialledOn(req *sip.Request, t *Trunk) string {
	if t.CalledInTo {
		return userOf(&req.To().Address)
	}
	return userOf(&req.Recipient)
}

// diverterOf reads who diverted the call to us last: the first Diversion (RFC 5806 §4: the topmost is the latest), else
// History-Info. The zero Number where nobody did.
func diverterOf(req *sip.Request, form callerid.Form) callerid.Number {
	raw := firstUser(nameAddrs(req, "diversion"))
	if raw == "" {
		raw, _ = historyDiverter(req)
	}
	if raw == "" {
		return callerid.Number{}
	}
	return form.Reads.Read(raw, form.Country)
}

// diversions counts how often the call was diverted already, by Diversion's counters (RFC 5806 §4), one for an entry
// without; or by the entries of History-Info that were left, where those are more.
func diversions(req *sip.Request) int {
	n, left := 0, 0
	for _, h := range nameAddrs(req, "history-info") {
		if _, ok := reasonIn(&h.URI); ok {
			left++
		}
	}
	for _, d := range nameAddrs(req, "diversion") {
		c, err := strconv.Atoi(d.Params.GetOr("counter", "1"))
		if err != nil || c < 1 {
			c = 1
		}
		n += min(c, 1000)
	}
	return max(n, left)
}

// reasonIn is the Reason header that stands escaped in a URI of History-Info: why the request left that target.
func reasonIn(u *sip.Uri) (string, bool) {
	for _, h := range u.Headers {
		if strings.EqualFold(h.K, "Reason") {
			return h.V, true
		}
	}
	return "", false
}

// historyDiverter reads the last entry of History-Info that was retargeted for a reason (RFC 7044 §5: a Reason header
// escaped in the URI tells why the request left that target), and when it names a Q.850 or SIP cause, that value.
func historyDiverter(req *sip.Request) (user, reason string) {
	for _, h := range nameAddrs(req, "history-info") {
		why, ok := reasonIn(&h.URI)
		if !ok {
			continue
		}
		if d, err := url.QueryUnescape(why); err == nil {
			why = d
		}
		user, reason = userOf(&h.URI), why
	}
	return user, reason
}

// identity writes what an outgoing INVITE shows, as the trunk's form carries it; diverted is how often the call was
// diverted before it reached us. It asks Proven itself: no path to a trunk goes around it (invariant 7).
func identity(req *sip.Request, shown callerid.Shown, t *Trunk, owned callerid.Owned, host string, at time.Time, diverted int) error {
	if err := shown.Proven(owned, t.Form, at); err != nil {
		return err
	}
	if !shown.Mobile.IsZero() {
		return vouched(req, shown, t, host, diverted)
	}
	if shown.Asserted.IsZero() { // an emergency call whose proof ran out: the trunk puts its own number in
		anonymise(req.From())
		return nil
	}
	asserted, err := t.Form.Caller.Write(shown.Asserted, t.Form.Country)
	if err != nil {
		return err
	}
	from := asserted
	if !shown.Privacy {
		if from, err = t.Form.Caller.Write(shown.From, t.Form.Country); err != nil {
			return err
		}
	}
	setFrom(req.From(), shown, t, from, host)
	uri := nameAddrText(shown.Display, asserted, host)
	switch t.Form.Carry {
	case callerid.CarryBoth, callerid.CarryAsserted:
		req.AppendHeader(sip.NewHeader("P-Asserted-Identity", uri))
	case callerid.CarryRemoteParty:
		privacy := "off"
		if shown.Privacy {
			privacy = "full"
		}
		req.AppendHeader(sip.NewHeader("Remote-Party-ID", uri+";party=calling;screen=yes;privacy="+privacy))
	case callerid.CarryFrom:
	}
	if shown.Privacy {
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
	}
	return divert(req, shown, t, host, diverted)
}

// vouched writes what an operator vouches for (callerid.Native, callerid.Private): nothing is asserted.
func vouched(req *sip.Request, shown callerid.Shown, t *Trunk, host string, diverted int) error {
	if shown.Privacy {
		anonymise(req.From())
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
		return divert(req, shown, t, host, diverted)
	}
	user, err := t.Form.Caller.Write(shown.From, t.Form.Country)
	if err != nil {
		return err
	}
	req.From().DisplayName = shown.Display
	req.From().Address = sip.Uri{Scheme: "sip", User: escapeUser(user), Host: host}
	return divert(req, shown, t, host, diverted)
}

// setFrom fills the From of an INVITE to a trunk.
func setFrom(from *sip.FromHeader, shown callerid.Shown, t *Trunk, user, host string) {
	switch {
	case shown.Privacy:
		// A trunk that carries our number in From alone is asked to hide what From says.
		if t.Form.Carry != callerid.CarryFrom {
			anonymise(from)
			return
		}
	case t.Form.Carry == callerid.CarryAsserted && t.Login.Name != "":
		user = t.Login.Name
	default:
		from.DisplayName = shown.Display
	}
	from.Address = sip.Uri{Scheme: "sip", User: escapeUser(user), Host: host}
}

// anonymise is RFC 3323 §4.1.1.3.
func anonymise(from *sip.FromHeader) {
	from.DisplayName = "Anonymous"
	from.Address = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
}

// divert writes by which number of ours a diverted call came, or by which mobile a call goes back to its handset: that
// one did not answer, as far as its operator is to know.
func divert(req *sip.Request, shown callerid.Shown, t *Trunk, host string, before int) error {
	if shown.Diversion.IsZero() {
		return nil
	}
	user, err := t.Form.Caller.Write(shown.Diversion, t.Form.Country)
	if err != nil {
		return err
	}
	reason, status := "unconditional", "302"
	if !shown.Mobile.IsZero() {
		reason, status = "no-answer", "408"
	}
	if t.Form.Diverted == callerid.ByHistory {
		// RFC 7044 §10.1: the entry that was left says why, the next says where to.
		req.AppendHeader(sip.NewHeader("History-Info", "<sip:"+escapeUser(user)+"@"+host+"?Reason=SIP%3Bcause%3D"+status+">;index=1"))
		req.AppendHeader(sip.NewHeader("History-Info", "<"+req.Recipient.String()+">;index=1.1;mp=1"))
		return nil
	}
	req.AppendHeader(sip.NewHeader("Diversion", nameAddrText("", user, host)+";reason="+reason+";counter="+strconv.Itoa(before+1)))
	return nil
}

func nameAddrText(display, user, host string) string {
	text := "<sip:" + escapeUser(user) + "@" + host + ">"
	if display != "" {
		return wire.Quote(display) + " " + text
	}
	return text
}
