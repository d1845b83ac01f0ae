package sipcore

import (
	"net/netip"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/media"
	"roadline/sipcore/digest"
)

// Trunk is a carrier's or a mobile operator's trunk. Everything a carrier does in its own way is data here; a carrier file sets it.
type Trunk struct {
	ID      fmc.TrunkID
	Form    callerid.Form // how it writes numbers, where callers' stand, what of ours it carries
	Sources []Source      // where its calls come from; nothing else is taken for this trunk
	Targets []string      // where our calls go, the first that lives: "sip.carrier.example", "192.0.2.1:5070;transport=tcp"
	Login   digest.Login  // for its 401 and 407; zero: it knows us by address
	Most    int           // simultaneous calls, both ways; 0: no limit
	Health  Health
	Trust   fmc.Trust // how far the callers' numbers are believed that it brings
	FMC     *FMC      // it is an operator's FMC trunk; nil: a carrier's

	// CalledInTo: the called number stands in To, and the Request-URI holds our account.
	CalledInTo bool
	Profile    Profile
}

// Source is an address that a trunk's calls come from.
type Source struct {
	Prefix netip.Prefix
	Port   uint16 // 0: any
}

// Health is how it is found out that a target lives.
type Health struct {
	Every  time.Duration // between two OPTIONS; 0: 30 s; negative: never asked, taken for alive
	Silent int           // unanswered ones after which a target is dead; 0: 2
}

// Profile is how a peer, a trunk or a phone, wants to be spoken to within a call.
type Profile struct {
	EarlyMedia bool                  // sound before the answer reaches its callers
	Means      map[int]cause.Meaning // statuses that mean something else here: FLOWS E0, "Causes"
	Codecs     []media.Codec         // that it takes, best first; nil: all of ours
	UserPhone  bool                  // Request-URIs carry user=phone
	Pinned     bool                  // requests go back to where it was heard, not to its Contact: phones behind translators
}

// withDefaults fills what a carrier file left open.
func (t Trunk) withDefaults() Trunk {
	set(&t.Health.Every, 30*time.Second)
	set(&t.Health.Silent, 2)
	return t
}

// Check says whether the trunk can work.
func (t Trunk) Check() error {
	if t.ID == "" {
		return cause.Errorf(cause.Invalid, "a trunk needs an id")
	}
	if err := t.Form.Check(); err != nil {
		return cause.Errorf(cause.Invalid, "trunk %s: %w", t.ID, err)
	}
	if len(t.Sources) == 0 && len(t.Targets) == 0 {
		return cause.Errorf(cause.Invalid, "trunk %s: write the addresses its calls come from, or the targets ours go to", t.ID)
	}
	for _, target := range t.Targets {
		if _, err := readTarget(target); err != nil {
			return cause.Errorf(cause.Invalid, "trunk %s: %w", t.ID, err)
		}
	}
	if err := t.FMC.Check(t.Form); err != nil {
		return cause.Errorf(cause.Invalid, "trunk %s: %w", t.ID, err)
	}
	for status, m := range t.Profile.Means {
		if status < 300 || status > 699 || m == cause.Unknown {
			return cause.Errorf(cause.Invalid, "trunk %s: status %d cannot mean %s: give a status from 300 to 699 and what it means there", t.ID, status, m)
		}
	}
	return nil
}

// from reports whether a call from this address is the trunk's.
func (t *Trunk) from(a netip.AddrPort) bool {
	for _, s := range t.Sources {
		if s.Prefix.Contains(a.Addr().Unmap()) && (s.Port == 0 || s.Port == a.Port()) {
			return true
		}
	}
	return false
}
