package wire

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
	served = strings.Split(Allow, ", ")
	known  = append([]string{"SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH"}, served...)
)

// Allow names the methods that are served, as the header Allow has them (RFC 3261 §20.5).
const Allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER"

// extensions are the option tags that a Require may name (RFC 3261 §20.32).
var extensions = []string{"100rel", "timer", "replaces", "norefersub"}

// bodies are the types that a method may carry; a method not named takes any, since whoever serves it knows.
var bodies = map[string][]string{
	"INVITE": {"application/sdp"}, "ACK": {"application/sdp"}, "UPDATE": {"application/sdp"}, "PRACK": {"application/sdp"},
}

// Judge reads every header that anything of ours acts on, writes it in its canonical form, and returns the first fault,
// in the order of RFC 3261 §8.2: what the message is, whether it may be asked here, what it demands, what it carries.
// from and network are where and how it came. It is to be called once, before the message is written or answered.
func (m *Message) Judge(from netip.AddrPort, network string) *Fault {
	wrong := orElse(m.wrong, m.readVias(from, network))
	for _, read := range []func() *Fault{m.readEnds, m.readIdentity, m.readContacts, m.readRoutes, m.readNumbers, m.readDate, m.readType} {
		wrong = orElse(wrong, read()) // all of them: the answer needs what is good in a bad message
	}
	if wrong != nil || !m.Request {
		return wrong
	}
	for _, check := range []func() *Fault{m.judgeMethod, m.judgeURI, m.judgeHops, m.judgeRequire, m.judgeBody, m.judgeAccept} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// readVias reads the Via stack. A response must have exactly one: it is for us alone (RFC 3261 §8.1.3.3). In a request
// the top one gets what the far side's address really is (RFC 3261 §18.2.1, RFC 3581 §4).
func (m *Message) readVias(from netip.AddrPort, network string) *Fault {
	values := m.all("Via")
	if len(values) == 0 {
		return Bad("Missing Via")
	}
	for _, s := range values {
		v, ok := readVia(s)
		if !ok {
			return Bad("Malformed Via")
		}
		m.vias = append(m.vias, v)
	}
	top := &m.vias[0]
	m.Branch, _ = top.param("branch")
	if m.Request {
		top.arrived(from, network)
	} else if len(m.vias) != 1 {
		return Bad("Response With Several Via")
	}
	m.writeVias()
	if m.Branch == MagicCookie {
		return Bad("Via Branch Without Identifier") // RFC 4475 §3.2.1
	}
	return nil
}

// arrived notes the source. Over UDP the answer goes back to the port that asked, also where the far side did not ask
// for that but is behind a translator.
func (v *via) arrived(from netip.AddrPort, network string) {
	_, asked := v.param("rport")
	v.drop("rport")
	v.drop("received")
	differs := strings.Trim(v.host, "[]") != from.Addr().String()
	if asked || differs && network == UDP {
		v.params = append(v.params, Field{"rport", ""})
	}
	if differs {
		v.params = append(v.params, Field{"received", from.Addr().String()})
	}
}

// readEnds reads From and To.
func (m *Message) readEnds() *Fault {
	wrong := m.readEnd("From", &m.from, &m.FromTag)
	wrong = orElse(wrong, m.readEnd("To", &m.to, &m.toTag))
	if wrong == nil && m.FromTag == "" && strings.HasPrefix(m.Branch, MagicCookie) {
		return Bad("Missing From Tag") // RFC 3261 §8.1.1.3; RFC 2543 had none
	}
	return wrong
}

func (m *Message) readEnd(name string, into *address, tag *string) *Fault {
	v, err := m.only(name)
	if err != nil {
		return err
	}
	a, ok := readAddress(v)
	if !ok {
		return Bad("Malformed " + name)
	}
	t, has := a.param("tag")
	if has && !IsToken(t) {
		return Bad("Malformed Tag in " + name)
	}
	*into, *tag = a, t
	m.replace(name, a.String())
	return nil
}

// only returns the value of a header that must be there exactly once.
func (m *Message) only(name string) (string, *Fault) {
	switch m.count(name) {
	case 0:
		return "", Bad("Missing " + name)
	case 1:
		v, _ := m.get(name)
		return v, nil
	default:
		return "", Bad("Multiple " + name)
	}
}

// readIdentity reads Call-ID and CSeq.
func (m *Message) readIdentity() *Fault {
	id, err := m.only("Call-ID")
	if err != nil {
		return err
	}
	if !IsCallID(id) {
		return Bad("Malformed Call-ID")
	}
	m.CallID = id
	v, err := m.only("CSeq")
	if err != nil {
		return err
	}
	words := strings.Fields(v)
	if len(words) != 2 || !digits(words[0]) || !IsToken(words[1]) {
		return Bad("Malformed CSeq")
	}
	n, nerr := strconv.ParseUint(words[0], 10, 31) // RFC 3261 §8.1.1.5: less than 2**31
	if nerr != nil {
		return Bad("CSeq Number Too Large")
	}
	if m.Request && words[1] != m.Method {
		return Bad("CSeq Method Differs")
	}
	m.CSeq = uint32(n)
	m.replace("CSeq", strconv.FormatUint(n, 10)+" "+words[1])
	return nil
}

// readContacts reads every Contact, or the star of a REGISTER that removes all (RFC 3261 §10.2.2).
func (m *Message) readContacts() *Fault {
	var out []string
	for _, v := range m.all("Contact") {
		if v == "*" {
			m.contactStar = true
			out = append(out, v)
			continue
		}
		a, ok := readAddress(v)
		if !ok {
			return Bad("Malformed Contact")
		}
		a.plain()
		m.contacts = append(m.contacts, a)
		out = append(out, a.String())
	}
	if m.contactStar && (len(out) > 1 || m.Method != "REGISTER") {
		return Bad("Contact Star Not Alone")
	}
	if m.Method == "INVITE" {
		switch {
		case len(m.contacts) > 1:
			return Bad("Multiple Contact")
		case len(m.contacts) == 0 && strings.HasPrefix(m.Branch, MagicCookie):
			return Bad("Missing Contact") // RFC 3261 §8.1.1.8
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
func (m *Message) readRoutes() *Fault {
	for _, name := range []string{"Route", "Record-Route", "Path", "Refer-To", "Referred-By"} {
		var out []string
		for _, v := range m.all(name) {
			a, ok := readAddress(v)
			if !ok || strings.HasSuffix(name, "Route") && !strings.Contains(v, "<") {
				return Bad("Malformed " + name)
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
func (m *Message) readNumbers() *Fault {
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
		return Bad("Multiple Max-Forwards")
	}
	v, _ := m.get("Max-Forwards")
	n, err := strconv.ParseUint(v, 10, 8) // RFC 3261 §20.22: 0 to 255
	if err != nil || !digits(v) {
		return Bad("Malformed Max-Forwards")
	}
	m.replace("Max-Forwards", strconv.FormatUint(n, 10))
	return nil
}

// readDate checks the form of RFC 3261 §20.17: RFC 1123 with GMT and nothing else.
func (m *Message) readDate() *Fault {
	v, ok := m.get("Date")
	if !ok {
		return nil
	}
	if _, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", v); err != nil {
		return Bad("Malformed Date")
	}
	return nil
}

// readType reads Content-Type: type, slash, subtype, with white space round the slash.
func (m *Message) readType() *Fault {
	v, has := m.get("Content-Type")
	if !has {
		return nil
	}
	v, _, _ = strings.Cut(v, ";")
	main, sub, _ := strings.Cut(v, "/")
	main, sub = strings.TrimSpace(main), strings.TrimSpace(sub)
	if m.count("Content-Type") > 1 || !IsToken(main) || !IsToken(sub) {
		return Bad("Malformed Content-Type")
	}
	m.kind = strings.ToLower(main + "/" + sub)
	return nil
}

func (m *Message) judgeMethod() *Fault {
	if slices.Contains(served, m.Method) {
		return nil
	}
	allowed := []Field{{"Allow", Allow}}
	if slices.Contains(known, m.Method) {
		return &Fault{405, "Method Not Allowed", allowed}
	}
	return &Fault{501, "Not Implemented", allowed}
}

// judgeURI looks at the Request-URI (RFC 3261 §8.2.2.1), and at the AOR of a REGISTER (RFC 4475 §3.3.4).
func (m *Message) judgeURI() *Fault {
	u, ok := readURI(m.uri)
	switch {
	case !ok:
		return Bad("Malformed Request URI")
	case u.scheme != "sip" && u.scheme != "sips" && u.scheme != "tel":
		return &Fault{Status: 416, Text: "Unsupported URI Scheme"}
	case u.headers:
		return Bad("Headers in Request URI") // RFC 3261 §19.1.1, table 1
	case m.Method == "REGISTER" && m.to.uri.scheme != "sip" && m.to.uri.scheme != "sips":
		return Bad("Address of Record Is No SIP URI")
	}
	m.uri = u.text
	return nil
}

// judgeHops stops loops. Only what we would send on counts: an endpoint answers the rest (RFC 4475 §3.3.11).
func (m *Message) judgeHops() *Fault {
	if v, ok := m.get("Max-Forwards"); ok && v == "0" && m.Method == "INVITE" && m.toTag == "" {
		return &Fault{Status: 483, Text: "Too Many Hops"}
	}
	return nil
}

// judgeRequire refuses extensions that nobody here knows (RFC 3261 §8.2.2.3); CANCEL and ACK are never refused for it.
func (m *Message) judgeRequire() *Fault {
	if m.Method == "ACK" || m.Method == "CANCEL" {
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
	return &Fault{420, "Bad Extension", []Field{{"Unsupported", strings.Join(unknown, ", ")}}}
}

// judgeBody refuses bodies that nobody here reads (RFC 3261 §8.2.3). One that the sender calls optional is dropped.
func (m *Message) judgeBody() *Fault {
	if len(m.body) == 0 {
		return nil
	}
	types, bound := bodies[m.Method]
	if m.kind == "" {
		return Bad("Body Without Content-Type")
	}
	coding, coded := m.get("Content-Encoding")
	coded = coded && !strings.EqualFold(coding, "identity")
	if bound && (coded || !slices.Contains(types, m.kind)) {
		if d, _ := m.get("Content-Disposition"); strings.Contains(strings.ToLower(d), "handling=optional") {
			m.body = nil
			m.replace("Content-Type")
			return nil
		}
		return &Fault{415, "Unsupported Media Type", []Field{{"Accept", strings.Join(types, ", ")}, {"Accept-Encoding", "identity"}}}
	}
	return nil
}

// judgeAccept refuses an INVITE whose sender could not read our answer (RFC 4475 §3.3.15).
func (m *Message) judgeAccept() *Fault {
	accept := m.all("Accept")
	if m.Method != "INVITE" || len(accept) == 0 {
		return nil
	}
	for _, a := range accept {
		kind, _, _ := strings.Cut(strings.ToLower(a), ";")
		switch strings.ReplaceAll(kind, " ", "") {
		case "application/sdp", "application/*", "*/*":
			return nil
		}
	}
	return &Fault{Status: 406, Text: "Not Acceptable"}
}
