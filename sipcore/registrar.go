package sipcore

import (
	"cmp"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

// What a registration may ask (RFC 3261 §10.3).
const (
	shortestBinding = 60 * time.Second
	longestBinding  = time.Hour
	mostBindings    = 10 // per account
	pingEvery       = 25 * time.Second
)

// registrar holds the bindings of the node. Memory serves; a Keeper writes behind.
type registrar struct {
	keeper Keeper
	now    func() time.Time
	log    *slog.Logger

	mu    sync.Mutex // guards:
	byAcc map[fmc.AccountID][]Binding
	flows map[netip.AddrPort]int // bindings per stream
}

func newRegistrar(k Keeper, now func() time.Time, log *slog.Logger) *registrar {
	if k == nil {
		k = forgetful{}
	}
	return &registrar{
		keeper: k, now: now, log: log, byAcc: make(map[fmc.AccountID][]Binding), flows: make(map[netip.AddrPort]int),
	}
}

type forgetful struct{}

func (forgetful) Bound(Binding)                                {}
func (forgetful) Unbound(fmc.CompanyID, fmc.AccountID, string) {}

// Restore takes bindings that a Keeper kept, before Run. Streams have not survived; what has run out is dropped.
func (a *Agent) Restore(bindings []Binding) {
	now := a.now()
	for _, b := range bindings {
		if b.Transport == wire.UDP && b.Expires.After(now) && b.Remote.IsValid() {
			a.registrar.mu.Lock()
			a.registrar.put(b)
			a.registrar.mu.Unlock()
			a.guard.Prove(b.Remote) // it did before the restart
		}
	}
}

// Bindings are an account's, the preferred and the newest first.
func (a *Agent) Bindings(account fmc.AccountID) []Binding { return a.registrar.of(account) }

// all returns every binding, by account.
func (r *registrar) all() []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	for _, list := range r.byAcc {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y Binding) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Key, y.Key))
	})
	return out
}

func (r *registrar) of(account fmc.AccountID) []Binding {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	for _, b := range r.byAcc[account] {
		if b.Expires.After(now) {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(x, y Binding) int {
		return cmp.Or(cmp.Compare(y.Q, x.Q), y.Updated.Compare(x.Updated))
	})
	return out
}

// register answers a REGISTER (RFC 3261 §10.3): who sends it, for whom, then all of its changes or none.
func (a *Agent) register(in inbound) {
	acc, ok := a.authenticate(in)
	if !ok {
		return
	}
	if userOf(&in.req.To().Address) != string(acc.ID) {
		a.refuse(in, 403, "The Address of Record Is Not Yours")
		return
	}
	if err := a.registrar.update(acc, in); err != nil {
		extra := make([]sip.Header, len(err.Extra))
		for i, f := range err.Extra {
			extra[i] = sip.NewHeader(f.Name, f.Value)
		}
		a.refuse(in, err.Status, err.Text, extra...)
		return
	}
	now := a.now()
	res := a.response(in, 200, "OK")
	for _, b := range a.registrar.of(acc.ID) {
		res.AppendHeader(b.contact(now))
	}
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))) // RFC 3261 §10.3
	a.final(in, res)
}

// update applies the Contacts of a REGISTER.
func (r *registrar) update(acc digest.Account, in inbound) *wire.Fault {
	now := r.now()
	var wanted []Binding
	star := false
	for _, h := range in.req.GetHeaders("contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			return wire.Bad("Malformed Contact")
		}
		if c.Address.Wildcard {
			star = true
			continue
		}
		if c.Address.Scheme != "sip" && c.Address.Scheme != "sips" {
			return wire.Bad("Contact Is No SIP URI")
		}
		b := readBinding(acc, in, c, now)
		d, err := lifetime(in.req, c)
		if err != nil {
			return err
		}
		b.Expires = now.Add(d)
		wanted = append(wanted, b)
	}
	if star {
		return r.clear(acc, in)
	}
	return r.apply(acc, wanted, now)
}

// lifetime is how long a contact asks to be kept: its own expires before the header's, an hour where neither says (RFC
// 3261 §10.2.1.1); 0 removes it.
func lifetime(req *sip.Request, c *sip.ContactHeader) (time.Duration, *wire.Fault) {
	text, has := c.Params.Get("expires")
	if !has {
		h := req.GetHeader("expires")
		if h == nil {
			return longestBinding, nil
		}
		text = h.Value()
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		n = 3600 // RFC 3261 §10.2.1.1
	}
	d := time.Duration(n) * time.Second
	if d != 0 && d < shortestBinding {
		least := strconv.Itoa(int(shortestBinding / time.Second))
		return 0, &wire.Fault{Status: 423, Text: "Interval Too Brief", Extra: []wire.Field{{Name: "Min-Expires", Value: least}}}
	}
	return min(d, longestBinding), nil
}

// clear removes every binding of an account: "Contact: *" with Expires 0.
func (r *registrar) clear(acc digest.Account, in inbound) *wire.Fault {
	if h := in.req.GetHeader("expires"); h == nil || h.Value() != "0" {
		return wire.Bad("Contact Star Needs Expires 0")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.byAcc[acc.ID] {
		if late(b, in.req.CallID().Value(), in.req.CSeq().SeqNo) {
			return outOfOrder
		}
	}
	for len(r.byAcc[acc.ID]) > 0 {
		r.remove(r.byAcc[acc.ID][0])
	}
	return nil
}

var outOfOrder = &wire.Fault{Status: 500, Text: "CSeq Out of Order"}

// late reports whether a request is older than what the binding holds (RFC 3261 §10.3, step 7).
func late(b Binding, callID string, cseq uint32) bool { return b.CallID == callID && cseq <= b.CSeq }

func (r *registrar) apply(acc digest.Account, wanted []Binding, now time.Time) *wire.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	have := len(r.byAcc[acc.ID])
	for _, b := range wanted {
		old, ok := r.find(b)
		switch {
		case ok && late(old, b.CallID, b.CSeq):
			return outOfOrder
		case !ok && b.Expires.After(now):
			have++
		}
	}
	if have > mostBindings && len(wanted) > 0 {
		return &wire.Fault{Status: 403, Text: "Too Many Devices for This Account"}
	}
	for _, b := range wanted {
		if !b.Expires.After(now) {
			if old, ok := r.find(b); ok {
				r.remove(old)
			}
			continue
		}
		r.put(b)
		r.keeper.Bound(b)
		r.log.Debug("binding kept", "account", string(b.Account), "company", string(b.Company), "remote", b.Remote.String())
	}
	return nil
}

// find, put and remove need r.mu.
func (r *registrar) find(b Binding) (Binding, bool) {
	for _, o := range r.byAcc[b.Account] {
		if o.Key == b.Key {
			return o, true
		}
	}
	return Binding{}, false
}

func (r *registrar) put(b Binding) {
	if old, ok := r.find(b); ok {
		r.drop(old)
	}
	r.byAcc[b.Account] = append(r.byAcc[b.Account], b)
	if b.Transport != wire.UDP {
		r.flows[b.Remote]++
	}
}

func (r *registrar) drop(b Binding) {
	left := slices.DeleteFunc(slices.Clone(r.byAcc[b.Account]), func(o Binding) bool { return o.Key == b.Key })
	if len(left) == 0 {
		delete(r.byAcc, b.Account)
	} else {
		r.byAcc[b.Account] = left
	}
	if b.Transport != wire.UDP {
		if r.flows[b.Remote]--; r.flows[b.Remote] <= 0 {
			delete(r.flows, b.Remote)
		}
	}
}

func (r *registrar) remove(b Binding) {
	r.drop(b)
	r.keeper.Unbound(b.Company, b.Account, b.Key)
}

// onFlow reports whether a device registered on this stream: then it may stay idle.
func (r *registrar) onFlow(remote netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flows[remote] > 0
}

// flowClosed removes what was reached by a stream that is gone.
func (r *registrar) flowClosed(remote netip.AddrPort) {
	r.removeIf(func(b Binding) bool { return b.Transport != wire.UDP && b.Remote == remote })
}

// sweep removes what has run out.
func (r *registrar) sweep(valid func(Binding) bool) {
	now := r.now()
	r.removeIf(func(b Binding) bool { return !b.Expires.After(now) || !valid(b) })
}

func (r *registrar) removeIf(gone func(Binding) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range r.byAcc {
		for _, b := range slices.Clone(list) {
			if gone(b) {
				r.remove(b)
			}
		}
	}
}

// behind are the UDP bindings heard from elsewhere than their Contact says: a translator stands between, which forgets
// them when nothing passes.
func (r *registrar) behind() []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	for _, list := range r.byAcc {
		for _, b := range list {
			var u sip.Uri
			if b.Transport != wire.UDP || sip.ParseUri(b.Contact, &u) != nil {
				continue
			}
			if f, ok := direct(&u); !ok || f.Remote != b.Remote.String() {
				out = append(out, b)
			}
		}
	}
	return out
}
