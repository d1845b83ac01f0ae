package sipcore

import (
	"net/netip"

	"roadline/sipcore/guard"
)

// Snapshot is how the edge is now: for pages and metrics.
type Snapshot struct {
	Bindings []Binding   // of the whole node, by account
	Bans     []guard.Ban // in no order
	Streams  int         // open TCP connections
	Sources  int         // addresses that UDP answers go to: entries of the library's pool
	Counts   Counts
}

// Counts are what the edge has counted since it was made.
type Counts struct {
	Served       uint64 // requests that passed
	Refused      uint64 // messages that did not, answered or not
	Junk         uint64 // what was no SIP at all
	Limited      uint64 // messages of sources over their limit
	Banned       uint64 // messages of banned sources
	ConnsRefused uint64 // streams over a cap
	SlowPeers    uint64 // streams whose peer did not read
	SendFailed   uint64 // messages of ours that could not be sent
}

// Snapshot reads it; any goroutine may.
func (a *Agent) Snapshot() Snapshot {
	c := &a.count
	limited, banned := a.guard.Counts()
	return Snapshot{
		Bindings: a.registrar.all(), Bans: a.guard.Bans(), Streams: a.streams.count(), Sources: a.tpl.Pool("udp").Size(),
		Counts: Counts{
			Served: c.served.Load(), Refused: c.refused.Load(), Junk: c.junk.Load(), Limited: limited, Banned: banned,
			ConnsRefused: c.connsRefused.Load(), SlowPeers: c.slowPeers.Load(), SendFailed: c.sendFailed.Load(),
		},
	}
}

// Unban listens to an address again: a person has looked at it. It reports whether it was banned.
func (a *Agent) Unban(addr netip.Addr) bool { return a.guard.Unban(addr) }
