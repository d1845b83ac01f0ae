package sipcore

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

// Binding is one place where an account can be reached: plain data, fit to be stored and read back.
type Binding struct {
	Company  fmc.CompanyID
	Account  fmc.AccountID
	Key      string // instance and reg-id, or the contact's address: what makes a binding the same one (RFC 5626 §6)
	Contact  string // the URI, the Request-URI of calls
	Instance string // +sip.instance, for display
	Q        int    // preference in thousandths, 1000 where none is given (RFC 3261 §20.10)
	CallID   string
	CSeq     uint32
	Expires  time.Time // UTC
	Updated  time.Time // UTC

	Transport string         // "UDP", "TCP"
	Remote    netip.AddrPort // where it was heard: calls go there
	Local     netip.AddrPort // our socket that heard it; zero on streams
	UserAgent string
}

// Keeper writes bindings behind. No method may wait.
type Keeper interface {
	Bound(Binding)
	Unbound(company fmc.CompanyID, account fmc.AccountID, key string)
}

// flow is the path back to the device. Devices sit behind translators, so it is the only one.
func (b Binding) flow() flow {
	f := flow{Transport: b.Transport, Remote: b.Remote.String(), Pinned: true}
	if b.Local.IsValid() {
		f.Local = b.Local.String()
	}
	return f
}

// read makes a binding of one Contact of a REGISTER.
func readBinding(acc digest.Account, in inbound, c *sip.ContactHeader, now time.Time) Binding {
	b := Binding{
		Company: acc.Company, Account: acc.ID, Contact: contactURI(&c.Address), Q: 1000,
		CallID: in.req.CallID().Value(), CSeq: in.req.CSeq().SeqNo, Updated: now,
		Transport: in.at.Transport, Remote: in.at.remote(),
	}
	b.Local, _ = netip.ParseAddrPort(in.at.Local)
	if q, ok := c.Params.Get("q"); ok {
		b.Q = thousandths(q)
	}
	if ua := in.req.GetHeader("user-agent"); ua != nil {
		b.UserAgent = printable(ua.Value())
	}
	b.Instance = wire.Unquote(c.Params.GetOr("+sip.instance", ""))
	b.Key = b.Contact
	if b.Instance != "" {
		b.Key = b.Instance + ";" + c.Params.GetOr("reg-id", "")
	}
	return b
}

// contactURI is the contact without its escaped headers: they would put headers of a device's choice into our requests
// (RFC 3261 §19.1.5 leaves it to us).
func contactURI(u *sip.Uri) string {
	c := u.Clone()
	c.Headers = nil
	return c.String()
}

// thousandths reads a qvalue; a malformed one is the default.
func thousandths(q string) int {
	f, err := strconv.ParseFloat(q, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return 1000
	}
	return int(f*1000 + 0.5)
}

// contact writes a binding into the answer to a REGISTER (RFC 3261 §10.3, step 8).
func (b Binding) contact(now time.Time) sip.Header {
	var s strings.Builder
	s.WriteString("<" + b.Contact + ">")
	if b.Q != 1000 {
		s.WriteString(";q=" + strconv.FormatFloat(float64(b.Q)/1000, 'f', -1, 64))
	}
	if instance, regID, ok := strings.Cut(b.Key, ";"); ok && b.Instance != "" {
		s.WriteString(";+sip.instance=" + wire.Quote(instance))
		if regID != "" {
			s.WriteString(";reg-id=" + regID)
		}
	}
	left := int(b.Expires.Sub(now).Round(time.Second) / time.Second)
	s.WriteString(";expires=" + strconv.Itoa(max(left, 0)))
	return sip.NewHeader("Contact", s.String())
}
