package sdp

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/media"
)

// The bounds of what is read: several times what any phone sends.
const (
	maxBody    = 32 << 10
	maxMedia   = 16
	maxFormats = 64
)

// Parse reads the body of a SIP message. Line ends may be CRLF, LF or CR; unknown lines, missing ones of no use (v, o,
// s, t) and odd spacing are passed over. Errors are cause.Invalid with the line, or cause.Unsupported for a host name
// where an address belongs.
func Parse(body []byte) (Session, error) {
	if len(body) > maxBody {
		return Session{}, cause.Errorf(cause.Invalid, "session description of %d bytes: at most %d are read", len(body), maxBody)
	}
	var r reader
	body = bytes.ReplaceAll(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	for i, line := range strings.Split(string(body), "\n") {
		if err := r.line(line); err != nil {
			return Session{}, cause.Errorf(cause.KindOf(err), "session description, line %d: %w", i+1, err)
		}
	}
	if len(r.s.Media) == 0 {
		return Session{}, cause.Errorf(cause.Invalid, "session description: it has no m= line")
	}
	return r.finish()
}

// reader gathers a description line by line.
type reader struct {
	s         Session
	addr      netip.Addr // session-level c=
	direction *media.Direction
	own       []ownLines // what each m= line says itself
}

// ownLines are the settings of one m= line that override the session's.
type ownLines struct {
	addr      netip.Addr
	direction *media.Direction
	rtcp      string
}

func (r *reader) line(line string) error {
	line = strings.TrimSpace(line)
	if len(line) < 2 || line[1] != '=' {
		return nil
	}
	value := strings.TrimSpace(line[2:])
	switch line[0] {
	case 'o':
		r.origin(value)
	case 'c':
		return r.connection(value)
	case 'm':
		return r.media(value)
	case 'a':
		return r.attribute(value)
	}
	return nil
}

func (r *reader) origin(value string) {
	if f := strings.Fields(value); len(f) >= 3 && len(r.s.Media) == 0 {
		r.s.ID, _ = strconv.ParseUint(f[1], 10, 64)
		r.s.Version, _ = strconv.ParseUint(f[2], 10, 64)
	}
}

func (r *reader) connection(value string) error {
	addr, err := address(strings.Fields(value))
	if err != nil {
		return err
	}
	if len(r.own) == 0 {
		r.addr = addr
	} else if own := &r.own[len(r.own)-1]; !own.addr.IsValid() {
		own.addr = addr // several c= lines are layers of multicast (RFC 8866 §5.7): the first will do
	}
	return nil
}

// address reads "IN IP4 192.0.2.1", also with the /ttl of multicast.
func address(fields []string) (netip.Addr, error) {
	if len(fields) < 3 || !strings.EqualFold(fields[0], "IN") {
		return netip.Addr{}, cause.Errorf(cause.Invalid, "address %q: want IN IP4 or IN IP6 and the address", strings.Join(fields, " "))
	}
	text, _, _ := strings.Cut(fields[2], "/")
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, cause.Errorf(cause.Unsupported, "address %q: host names are not resolved, give an IP address", fields[2])
	}
	if addr.Zone() != "" || addr.IsMulticast() {
		return netip.Addr{}, cause.Errorf(cause.Unsupported, "address %q: give a unicast address without a zone", fields[2])
	}
	return addr.Unmap(), nil
}

func (r *reader) media(value string) error {
	f := strings.Fields(value)
	if len(f) < 4 {
		return cause.Errorf(cause.Invalid, "m=%s: want kind, port, transport and formats", value)
	}
	if len(r.s.Media) == maxMedia || len(f)-3 > maxFormats {
		return cause.Errorf(cause.Invalid, "m=%.40s: more than %d streams or %d formats", value, maxMedia, maxFormats)
	}
	text, _, _ := strings.Cut(f[1], "/") // "49170/2" is a range of ports: the first counts
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return cause.Errorf(cause.Invalid, "m=%s: the port is a number from 0 to 65535", value)
	}
	m := Media{Kind: strings.ToLower(f[0]), Port: uint16(port), Proto: canonical(f[2])}
	for _, id := range f[3:] {
		format := Format{ID: id}
		if strings.HasPrefix(m.Proto, "RTP/") {
			format.Name, format.Clock = static(id)
		}
		m.Formats = append(m.Formats, format)
	}
	r.s.Media = append(r.s.Media, m)
	r.own = append(r.own, ownLines{})
	return nil
}

// canonical writes RTP transports in upper case, as we compare them, and leaves others alone.
func canonical(proto string) string {
	if up := strings.ToUpper(proto); strings.HasPrefix(up, "RTP/") {
		return up
	}
	return proto
}

func (r *reader) attribute(value string) error {
	name, rest, _ := strings.Cut(value, ":")
	name, rest = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(rest)
	if d, ok := directions[name]; ok {
		if len(r.own) == 0 {
			r.direction = &d
		} else {
			r.own[len(r.own)-1].direction = &d
		}
		return nil
	}
	if len(r.own) == 0 {
		return nil
	}
	m := &r.s.Media[len(r.s.Media)-1]
	switch name {
	case "rtpmap":
		m.rtpmap(rest)
	case "fmtp":
		id, params, _ := strings.Cut(rest, " ")
		m.each(id, func(f *Format) { f.Params = strings.TrimSpace(params) })
	case "ptime":
		if ms, err := strconv.ParseFloat(rest, 64); err == nil && ms >= 1 && ms <= 1000 { // some write 20.0
			m.PTime = time.Duration(ms * float64(time.Millisecond))
		}
	case "rtcp":
		r.own[len(r.own)-1].rtcp = rest
	}
	return nil
}

var directions = map[string]media.Direction{
	"sendrecv": media.SendRecv, "sendonly": media.SendOnly, "recvonly": media.RecvOnly, "inactive": media.Inactive,
}

// rtpmap reads "101 telephone-event/8000"; one without a clock is of ours.
func (m *Media) rtpmap(value string) {
	id, encoding, _ := strings.Cut(value, " ")
	parts := strings.Split(strings.TrimSpace(encoding), "/")
	clock := media.SampleRate
	if len(parts) > 1 {
		clock, _ = strconv.Atoi(strings.TrimSpace(parts[1]))
	}
	m.each(id, func(f *Format) { f.Name, f.Clock = strings.ToUpper(strings.TrimSpace(parts[0])), clock })
}

func (m *Media) each(id string, change func(*Format)) {
	for i := range m.Formats {
		if m.Formats[i].ID == id {
			change(&m.Formats[i])
		}
	}
}

// finish fills the session's settings into the lines that have none of their own.
func (r *reader) finish() (Session, error) {
	for i := range r.s.Media {
		m, own := &r.s.Media[i], r.own[i]
		m.Addr, m.Direction = r.addr, media.SendRecv // RFC 8866 §6.7: the default
		if own.addr.IsValid() {
			m.Addr = own.addr
		}
		switch {
		case own.direction != nil:
			m.Direction = *own.direction
		case r.direction != nil:
			m.Direction = *r.direction
		}
		if m.Port != 0 && !m.Addr.IsValid() {
			return Session{}, cause.Errorf(cause.Invalid, "session description: its %s stream has no c= line", m.Kind)
		}
		if err := m.setRTCP(own.rtcp); err != nil {
			return Session{}, err
		}
	}
	return r.s, nil
}

// setRTCP reads "53020" or "53020 IN IP4 192.0.2.1" (RFC 3605 §2.1).
func (m *Media) setRTCP(value string) error {
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return nil
	}
	port, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil {
		return cause.Errorf(cause.Invalid, "session description: a=rtcp:%s: the port is a number from 0 to 65535", value)
	}
	addr := m.Addr
	if len(fields) > 1 {
		if addr, err = address(fields[1:]); err != nil {
			return cause.Errorf(cause.KindOf(err), "session description: a=rtcp: %w", err)
		}
	}
	if addr.IsValid() {
		m.RTCP = netip.AddrPortFrom(addr, uint16(port))
	}
	return nil
}
