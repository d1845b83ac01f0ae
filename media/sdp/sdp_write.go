package sdp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Bytes writes a description of ours: the same Session always gives the same bytes. Lines end in CRLF (RFC 8866 §9).
func (s Session) Bytes() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s\r\ns=-\r\nc=IN %s\r\nt=0 0\r\n", s.ID, s.Version, typed(s.Addr), typed(s.Addr))
	for _, m := range s.Media {
		m.write(&b)
	}
	return []byte(b.String())
}

func (m Media) write(b *strings.Builder) {
	fmt.Fprintf(b, "m=%s %d %s", m.Kind, m.Port, m.Proto)
	for _, f := range m.Formats {
		b.WriteString(" " + f.ID)
	}
	b.WriteString("\r\n")
	if m.Port == 0 {
		return // refused: nothing more is to be said of it (RFC 3264 §6)
	}
	for _, f := range m.Formats {
		name := f.Name
		if name == Event {
			name = strings.ToLower(name)
		}
		fmt.Fprintf(b, "a=rtpmap:%s %s/%d\r\n", f.ID, name, f.Clock)
		if f.Params != "" {
			fmt.Fprintf(b, "a=fmtp:%s %s\r\n", f.ID, f.Params)
		}
	}
	fmt.Fprintf(b, "a=ptime:%d\r\na=%s\r\n", m.PTime/time.Millisecond, m.Direction)
}

// typed is an address with its type, as c= and o= have it.
func typed(a netip.Addr) string {
	if a.Is6() {
		return "IP6 " + a.String()
	}
	return "IP4 " + a.String()
}
