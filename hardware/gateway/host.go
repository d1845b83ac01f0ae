package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Host is from where a box that pushes may speak: the addresses of its host, whose name is asked for now and then. Any
// goroutine may use it.
type Host struct {
	name string
	now  func() time.Time
	log  *slog.Logger

	mu sync.Mutex
	// mu guards:
	found []netip.Addr
	asked time.Time // when the name was asked for last; an address has no name
}

// How old the addresses of a name may be, and how long nobody is asked again for the sake of a stranger.
const (
	mostAge   = time.Minute
	leastAge  = 5 * time.Second
	mostAsked = 2 * time.Second // an answer takes no longer
)

// NewHost takes a name or an address, as it stands in a URL. It asks nobody yet.
func NewHost(name string, now func() time.Time, log *slog.Logger) *Host {
	h := &Host{name: strings.Trim(name, "[]"), now: now, log: log}
	if at, err := netip.ParseAddr(h.name); err == nil {
		h.found = []netip.Addr{at.Unmap().WithZone("")}
		h.name = ""
	}
	return h
}

// Ask asks for the name, so that the first push need not. A name that nobody knows now may be known later.
func (h *Host) Ask(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ask(ctx)
}

// ask is Ask with mu held. What was known stays known where nobody answers.
func (h *Host) ask(ctx context.Context) {
	if h.name == "" {
		return
	}
	brief, over := context.WithTimeout(ctx, mostAsked)
	defer over()
	found, err := net.DefaultResolver.LookupNetIP(brief, "ip", h.name)
	h.asked = h.now()
	if err != nil {
		h.log.Warn("address of the gateway not found", "err", err)
		return
	}
	for i, at := range found {
		found[i] = at.Unmap().WithZone("")
	}
	h.found = found
}

// Speaks reports whether a remote address, with its port, is the box's. It asks for the name where that was long ago, or
// where a stranger may be the box at a new address.
func (h *Host) Speaks(ctx context.Context, remote string) bool {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	at := from.Addr().Unmap().WithZone("")
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := h.now().Sub(h.asked); age > mostAge || age > leastAge && !slices.Contains(h.found, at) {
		h.ask(context.WithoutCancel(ctx)) // a stranger who goes away must not spoil it
	}
	return slices.Contains(h.found, at)
}
