package sipcore

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// served are the methods that somebody above answers; known are all that RFC 3261 and its extensions define. A known
// method that is not served gets 405, an unknown one 501 (RFC 3261 §8.2.1, §21.5.2).
var (
	served = []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK", "REFER"}
	known  = append([]string{"SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH"}, served...)
)

// extensions are the option tags that a Require may name (RFC 3261 §20.32).
var extensions = []string{"100rel", "timer", "replaces", "norefersub"}

// bodies are the types that a method may carry; a method not named takes any, since whoever serves it knows.
var bodies = map[string][]string{
	"INVITE": {"application/sdp"}, "ACK": {"application/sdp"}, "UPDATE": {"application/sdp"}, "PRACK": {"application/sdp"},
}

// judge reads every header that anything of ours acts on, writes it in its canonical form, and returns the first fault,
// in the order of RFC 3261 §8.2: what the message is, whether it may be asked here, what it demands, what it carries.
// from is where it came from.
func (m *message) judge(from netip.AddrPort, network string) *fault {
	wrong := m.readVias(from, network)
	for _, read := range []func() *fault{m.readEnds, m.readIdentity, m.readContacts, m.readRoutes, m.readNumbers, m.readDate, m.readType} {
		wrong = orElse(wrong, read()) // all of them: the answer needs what is good in a bad message
	}
	if wrong != nil || !m.request {
		return wrong
	}
	for _, check := range []func() *fault{m.judgeMethod, m.judgeURI, m.judgeHops, m.judgeRequire, m.judgeBody, m.judgeAccept} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// readVias reads the Via stack. A response must have exactly one: it is for us alone (RFC 3261 §8.1.3.3). In a request
// the top one gets what the far side's address really is (RFC 3261 §18.2.1, RFC 3581 §4).
func (m *message) readVias(from netip.AddrPort, network string) *fault {
	values := m.all("Via")
	if len(values) == 0 {
		return bad("Missing Via")
	}
	for _, s := range values {
		v, ok := readVia(s)
		if !ok {
			return bad("Malformed Via")
		}
		m.vias = append(m.vias, v)
	}
	top := &m.vias[0]
	m.branch, _ = top.param("branch")
	m.host = top.host + ":" + top.port
	if m.request {
		top.arrived(from, network)
	} else if len(m.vias) != 1 {
		return bad("Response With Several Via")
	}
	m.writeVias()
	if m.branch == magicCookie {
		return bad("Via Branch Without Identifier") // RFC 4475 §3.2.1
	}
	return nil
}

// magicCookie begins the branch of every transaction identifier of RFC 3261 §8.1.1.7.
const magicCookie = "z9hG4bK"

// arrived notes the source. Over UDP the answer goes back to the port that asked, also where the far side did not ask
// for that but is behind a translator.
func (v *via) arrived(from netip.AddrPort, network string) {
	_, asked := v.param("rport")
	v.drop("rport")
	v.drop("received")
	differs := strings.Trim(v.host, "[]") != from.Addr().String()
	if asked || differs && network == udp {
		v.params = append(v.params, field{"rport", ""})
	}
	if differs {
		v.params = append(v.params, field{"received", from.Addr().String()})
	}
}

// readEnds reads From and To.
func (m *message) readEnds() *fault {
	wrong := m.readEnd("From", &m.from, &m.fromTag)
	wrong = orElse(wrong, m.readEnd("To", &m.to, &m.toTag))
	if wrong == nil && m.fromTag == "" && strings.HasPrefix(m.branch, magicCookie) {
		return bad("Missing From Tag") // RFC 3261 §8.1.1.3; RFC 2543 had none
	}
	return wrong
}

func (m *message) readEnd(name string, into *address, tag *string) *fault {
	v, err := m.only(name)
	if err != nil {
		return err
	}
	a, ok := readAddress(v)
	if !ok {
		return bad("Malformed " + name)
	}
	t, has := a.param("tag")
	if has && !isToken(t) {
		return bad("Malformed Tag in " + name)
	}
	*into, *tag = a, t
	m.replace(name, a.String())
	return nil
}

// only returns the value of a header that must be there exactly once.
func (m *message) only(name string) (string, *fault) {
	switch m.count(name) {
	case 0:
		return "", bad("Missing " + name)
	case 1:
		v, _ := m.get(name)
		return v, nil
	default:
		return "", bad("Multiple " + name)
	}
}

// readIdentity reads Call-ID and CSeq.
func (m *message) readIdentity() *fault {
	id, err := m.only("Call-ID")
	if err != nil {
		return err
	}
	if !isCallID(id) {
		return bad("Malformed Call-ID")
	}
	m.callID = id
	v, err := m.only("CSeq")
	if err != nil {
		return err
	}
	words := strings.Fields(v)
	if len(words) != 2 || !digits(words[0]) || !isToken(words[1]) {
		return bad("Malformed CSeq")
	}
	n, nerr := strconv.ParseUint(words[0], 10, 31) // RFC 3261 §8.1.1.5: less than 2**31
	if nerr != nil {
		return bad("CSeq Number Too Large")
	}
	if m.request && words[1] != m.method {
		return bad("CSeq Method Differs")
	}
	m.cseq = uint32(n)
	m.replace("CSeq", strconv.FormatUint(n, 10)+" "+words[1])
	return nil
}

// readContacts reads every Contact, or the star of a REGISTER that removes all (RFC 3261 §10.2.2).
func (m *message) readContacts() *fault {
	var out []string
	for _, v := range m.all("Contact") {
		if v == "*" {
			m.contactStar = true
			out = append(out, v)
			continue
		}
		a, ok := readAddress(v)
		if !ok {
			return bad("Malformed Contact")
		}
		a.plain()
		m.contacts = append(m.contacts, a)
		out = append(out, a.String())
	}
	if m.contactStar && (len(out) > 1 || m.method != "REGISTER") {
		return bad("Contact Star Not Alone")
	}
	if m.method == "INVITE" {
		switch {
		case len(m.contacts) > 1:
			return bad("Multiple Contact")
		case len(m.contacts) == 0 && strings.HasPrefix(m.branch, magicCookie):
			return bad("Missing Contact") // RFC 3261 §8.1.1.8
		case len(m.contacts) == 0: // RFC 2543 §6.13: then From is where to call back
			out = []string{address{uri: m.from.uri}.String()}
		}
	}
	if len(out) > 0 {
		m.replace("Contact", out...)
	}
	return nil
}

// readRoutes reads the headers whose every value must be a name-addr in brackets.
func (m *message) readRoutes() *fault {
	for _, name := range []string{"Route", "Record-Route", "Path", "Refer-To", "Referred-By"} {
		var out []string
		for _, v := range m.all(name) {
			a, ok := readAddress(v)
			if !ok || strings.HasSuffix(name, "Route") && !strings.Contains(v, "<") {
				return bad("Malformed " + name)
			}
			a.plain()
			out = append(out, a.String())
		}
		if len(out) > 0 {
			m.replace(name, out...)
		}
	}
	return nil
}

// readNumbers reads the headers that are one number. A malformed Expires means an hour (RFC 3261 §20.19).
func (m *message) readNumbers() *fault {
	if v, ok := m.get("Expires"); ok {
		if _, err := strconv.ParseUint(v, 10, 32); err != nil {
			m.replace("Expires", "3600")
		}
	}
	switch m.count("Max-Forwards") {
	case 0:
		return nil
	case 1:
	default:
		return bad("Multiple Max-Forwards")
	}
	v, _ := m.get("Max-Forwards")
	n, err := strconv.ParseUint(v, 10, 8) // RFC 3261 §20.22: 0 to 255
	if err != nil || !digits(v) {
		return bad("Malformed Max-Forwards")
	}
	m.replace("Max-Forwards", strconv.FormatUint(n, 10))
	return nil
}

// readDate checks the form of RFC 3261 §20.17: RFC 1123 with GMT and nothing else.
func (m *message) readDate() *fault {
	v, ok := m.get("Date")
	if !ok {
		return nil
	}
	if _, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", v); err != nil {
		return bad("Malformed Date")
	}
	return nil
}

// readType reads Content-Type: type, slash, subtype, with white space round the slash.
func (m *message) readType() *fault {
	v, has := m.get("Content-Type")
	if !has {
		return nil
	}
	v, _, _ = strings.Cut(v, ";")
	main, sub, _ := strings.Cut(v, "/")
	main, sub = strings.TrimSpace(main), strings.TrimSpace(sub)
	if m.count("Content-Type") > 1 || !isToken(main) || !isToken(sub) {
		return bad("Malformed Content-Type")
	}
	m.kind = strings.ToLower(main + "/" + sub)
	return nil
}

func (m *message) judgeMethod() *fault {
	if slices.Contains(served, m.method) {
		return nil
	}
	allow := []field{{"Allow", strings.Join(served, ", ")}}
	if slices.Contains(known, m.method) {
		return &fault{405, "Method Not Allowed", allow}
	}
	return &fault{501, "Not Implemented", allow}
}

// judgeURI looks at the Request-URI (RFC 3261 §8.2.2.1), and at the AOR of a REGISTER (RFC 4475 §3.3.4).
func (m *message) judgeURI() *fault {
	u, ok := readURI(m.uri)
	switch {
	case !ok:
		return bad("Malformed Request URI")
	case u.scheme != "sip" && u.scheme != "sips" && u.scheme != "tel":
		return &fault{status: 416, text: "Unsupported URI Scheme"}
	case u.headers:
		return bad("Headers in Request URI") // RFC 3261 §19.1.1, table 1
	case m.method == "REGISTER" && m.to.uri.scheme != "sip" && m.to.uri.scheme != "sips":
		return bad("Address of Record Is No SIP URI")
	}
	m.uri = u.text
	return nil
}

// judgeHops stops loops. Only what we would send on counts: an endpoint answers the rest (RFC 4475 §3.3.11).
func (m *message) judgeHops() *fault {
	if v, ok := m.get("Max-Forwards"); ok && v == "0" && m.method == "INVITE" && m.toTag == "" {
		return &fault{status: 483, text: "Too Many Hops"}
	}
	return nil
}

// judgeRequire refuses extensions that nobody here knows (RFC 3261 §8.2.2.3); CANCEL and ACK are never refused for it.
func (m *message) judgeRequire() *fault {
	if m.method == "ACK" || m.method == "CANCEL" {
		return nil
	}
	var unknown []string
	for _, tag := range m.all("Require") {
		if tag != "" && !slices.Contains(extensions, tag) {
			unknown = append(unknown, tag)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return &fault{420, "Bad Extension", []field{{"Unsupported", strings.Join(unknown, ", ")}}}
}

// judgeBody refuses bodies that nobody here reads (RFC 3261 §8.2.3). One that the sender calls optional is dropped.
func (m *message) judgeBody() *fault {
	if len(m.body) == 0 {
		return nil
	}
	types, bound := bodies[m.method]
	if m.kind == "" {
		return bad("Body Without Content-Type")
	}
	coding, coded := m.get("Content-Encoding")
	coded = coded && !strings.EqualFold(coding, "identity")
	if bound && (coded || !slices.Contains(types, m.kind)) {
		if d, _ := m.get("Content-Disposition"); strings.Contains(strings.ToLower(d), "handling=optional") {
			m.body = nil
			m.replace("Content-Type")
			return nil
		}
		return &fault{415, "Unsupported Media Type", []field{{"Accept", strings.Join(types, ", ")}, {"Accept-Encoding", "identity"}}}
	}
	return nil
}

// judgeAccept refuses an INVITE whose sender could not read our answer (RFC 4475 §3.3.15).
func (m *message) judgeAccept() *fault {
	accept := m.all("Accept")
	if m.method != "INVITE" || len(accept) == 0 {
		return nil
	}
	for _, a := range accept {
		kind, _, _ := strings.Cut(strings.ToLower(a), ";")
		switch strings.ReplaceAll(kind, " ", "") {
		case "application/sdp", "application/*", "*/*":
			return nil
		}
	}
	return &fault{status: 406, text: "Not Acceptable"}
}
