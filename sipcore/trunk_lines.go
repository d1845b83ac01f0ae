package sipcore

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/sipcore/digest"
)

// Phones is where the phones of an account are: *Agent, whose registrar knows.
type Phones interface {
	Bindings(fmc.AccountID) []Binding
}

// Trunks are the lines of the node over SIP: the circuits of its trunks and the phones of its accounts. It counts what
// is in use and knows which targets live.
type Trunks struct {
	phones Phones
	phone  Profile // how phones are spoken to
	trunks map[fmc.TrunkID]*circuits
	order  []fmc.TrunkID
}

// circuits is one trunk with what is known of it now.
type circuits struct {
	Trunk
	targets []*target

	mu    sync.Mutex
	inUse int // guarded by mu
}

// target is one address of a trunk.
type target struct {
	text string
	uri  sip.Uri

	doubt chan struct{} // holds one wish to be asked at once

	mu     sync.Mutex
	path   []flow    // guarded by mu: as last resolved
	missed int       // guarded by mu: OPTIONS unanswered in a row
	isDead bool      // guarded by mu
	heard  time.Time // guarded by mu: when it last answered anything; zero: never, or doubted since
}

// NewTrunks makes the lines. Errors: cause.Invalid for a trunk that cannot work.
func NewTrunks(all []Trunk, phones Phones) (*Trunks, error) {
	ts := &Trunks{phones: phones, trunks: map[fmc.TrunkID]*circuits{}, phone: Profile{EarlyMedia: true, Pinned: true}}
	for _, t := range all {
		t = t.withDefaults()
		if err := t.Check(); err != nil {
			return nil, err
		}
		if ts.trunks[t.ID] != nil {
			return nil, cause.Errorf(cause.Invalid, "trunk %s is there twice", t.ID)
		}
		c := &circuits{Trunk: t}
		for _, text := range t.Targets {
			uri, err := readTarget(text)
			if err != nil {
				return nil, err
			}
			c.targets = append(c.targets, &target{text: text, uri: uri, doubt: make(chan struct{}, 1)})
		}
		ts.trunks[t.ID], ts.order = c, append(ts.order, t.ID)
	}
	return ts, nil
}

// readTarget reads "host[:port][;transport=tcp]".
func readTarget(text string) (sip.Uri, error) {
	var u sip.Uri
	if err := sip.ParseUri("sip:"+strings.TrimPrefix(text, "sip:"), &u); err != nil || u.Host == "" || u.User != "" {
		return u, cause.Errorf(cause.Invalid, "target %q: write host, host:port or host:port;transport=tcp", text)
	}
	return u, nil
}

// of returns the trunks that an address belongs to: several where a carrier serves them from one address, told apart by
// the number called.
func (ts *Trunks) of(a netip.AddrPort) []*circuits {
	var out []*circuits
	for _, id := range ts.order {
		if t := ts.trunks[id]; t.from(a) {
			out = append(out, t)
		}
	}
	return out
}

// known reports whether an address is a trunk's.
func (ts *Trunks) known(a netip.AddrPort) bool { return len(ts.of(a)) > 0 }

// firstPath is where the first line of a try leads, as far as known without asking anybody: the leg's media is best
// opened on the address of ours that speaks to it. The zero flow: unknown.
func (ts *Trunks) firstPath(try plan.Try) flow {
	for _, c := range try.Lines {
		if c.Kind == fmc.AccountLine {
			if p := ts.places(try.Account); len(p) > 0 {
				return p[0].flow
			}
			continue
		}
		if t := ts.trunks[c.Trunk]; t != nil && len(t.targets) > 0 {
			return t.targets[0].lastPath()
		}
	}
	return flow{}
}

// native reports whether one of the trunks is an operator's FMC trunk.
func (ts *Trunks) native() bool {
	return slices.ContainsFunc(ts.order, func(id fmc.TrunkID) bool { return ts.trunks[id].FMC != nil })
}

// line is a leased line: where to ring, and how to give it back.
type line struct {
	candidate plan.Candidate
	trunk     *Trunk // nil: phones of an account, or a gateway's line
	account   fmc.AccountID
	profile   *Profile
	waves     [][]place    // tried one after another; the places of one ring together
	login     digest.Login // for its 401 and 407; zero: none
	free      func()
}

func (ln *line) more() bool { return len(ln.waves) > 0 }

func (ln *line) wave() []place {
	w := ln.waves[0]
	ln.waves = ln.waves[1:]
	return w
}

// line is the trunk as a line.
func (c *circuits) line() fmc.LineID { return fmc.LineID("trunk:" + string(c.ID)) }

// take counts one more call on a trunk. Errors: cause.NoRoom.
func (c *circuits) take() (func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Most > 0 && c.inUse >= c.Most {
		return nil, cause.Errorf(cause.NoRoom, "trunk %s carries its %d calls", c.ID, c.Most)
	}
	c.inUse++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inUse--
	}), nil
}

// lease takes a line for a try. Errors: cause.NoRoom when it is full, cause.Unavailable when its targets are dead,
// cause.NotFound when nobody is registered or there is no such line.
func (ts *Trunks) lease(ctx context.Context, w sender, c plan.Candidate, try plan.Try) (*line, error) {
	if c.Kind == fmc.AccountLine {
		return ts.leasePhones(c, try)
	}
	t := ts.trunks[c.Trunk]
	if t == nil || c.Kind != fmc.TrunkLine {
		return nil, cause.Errorf(cause.Unavailable, "line %s is not a line of this node", c.Line)
	}
	called, err := t.Form.Called.Write(try.Number, t.Form.Country)
	if err != nil {
		return nil, err
	}
	free, err := t.take()
	if err != nil {
		return nil, err
	}
	ln := &line{candidate: c, trunk: &t.Trunk, profile: &t.Profile, login: t.Login, free: free}
	for _, g := range t.targets {
		for _, at := range g.flows(ctx, w) {
			ln.waves = append(ln.waves, []place{g.place(called, at, t.Profile.UserPhone)})
		}
	}
	if len(ln.waves) == 0 {
		free()
		return nil, cause.Errorf(cause.Unavailable, "no target of trunk %s answers", t.ID)
	}
	return ln, nil
}

// leasePhones finds the phones of an account.
func (ts *Trunks) leasePhones(c plan.Candidate, try plan.Try) (*line, error) {
	places := ts.places(try.Account)
	if len(places) == 0 {
		return nil, cause.Errorf(cause.NotFound, "no phone is registered as %s", try.Account)
	}
	return &line{candidate: c, account: try.Account, profile: &ts.phone, waves: [][]place{places}, free: func() {}}, nil
}

// places are the phones of an account, all to be rung at once.
func (ts *Trunks) places(account fmc.AccountID) []place {
	var out []place
	for _, b := range ts.phones.Bindings(account) {
		var u sip.Uri
		if err := sip.ParseUri(b.Contact, &u); err == nil {
			out = append(out, place{uri: u, flow: b.flow()})
		}
	}
	return out
}

// place is the target with a number to call.
func (g *target) place(called string, at flow, phone bool) place {
	uri := *g.uri.Clone()
	uri.User = escapeUser(called)
	if phone {
		uri.UriParams.Add("user", "phone")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return place{uri: uri, flow: at, fast: !g.heard.IsZero(), target: g}
}

// lastPath is where the target was last resolved to; an address needs no resolving.
func (g *target) lastPath() flow {
	if f, ok := direct(&g.uri); ok {
		return f
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.path) == 0 {
		return flow{}
	}
	return g.path[0]
}

// flows are the addresses of a living target; none while it is dead.
func (g *target) flows(ctx context.Context, w sender) []flow {
	if g.dead() {
		return nil
	}
	path, err := w.resolve(ctx, &g.uri)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		return g.path // as last resolved: a DNS server that is away must not stop calls
	}
	g.path = path
	return path
}
