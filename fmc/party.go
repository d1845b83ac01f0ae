package fmc

// Direction says which way a contact went.
type Direction uint8

// The directions.
const (
	Inbound  Direction = iota + 1 // a client called the company
	Outbound                      // a person of the company called outside
	Internal                      // a person called a person
)

// Role is what a party is to the call: a fact of the leg, never of the direction.
type Role uint8

// The roles.
const (
	Client Role = iota + 1
	Worker      // a person of the company
)

// Link is how far a leg's connection is.
type Link uint8

// The links, in the order a leg goes through them.
const (
	Offered Link = iota + 1 // it called us and waits
	Dialing                 // we called it
	Alerting
	Up
	Leaving // we released it; it is not gone yet
	Gone
)

// Assent is whether the person at a leg agreed to take the call.
type Assent uint8

// The assents.
const (
	NotNeeded Assent = iota + 1
	Awaited
	Granted
	Declined
)

// Side is a party's channel in a stereo file.
type Side uint8

// The sides. A client is Left and a person of the company Right; between two persons the caller is Left and the called
// Right.
const (
	Left  Side = iota + 1 // channel 1
	Right                 // channel 2
	Third                 // a track of its own, heard on both
)

// TapeState is how a call's recording stands.
type TapeState uint8

// The states of a tape.
const (
	NoTape TapeState = iota
	TapeWanted
	TapeReady
	TapeFailed
)

// Gift is how a leg that is handed to another call is used there.
type Gift uint8

// The gifts.
const (
	Take    Gift = iota + 1 // it takes the call that rings, waits or is parked
	Join                    // it joins the conversation
	Replace                 // it takes another leg's place
	Anew                    // it begins a call of its own
)

var (
	directionNames = [...]string{"", "inbound", "outbound", "internal"}
	roleNames      = [...]string{"", "client", "employee"}
	linkNames      = [...]string{"", "offered", "dialing", "alerting", "up", "leaving", "gone"}
	assentNames    = [...]string{"", "not_needed", "awaited", "given", "refused"}
	tapeNames      = [...]string{"none", "wanted", "ready", "failed"}
	giftNames      = [...]string{"", "take", "join", "replace", "anew"}
)

func (d Direction) String() string { return nameOf(directionNames[:], int(d)) }

// MarshalText writes the name.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a name.
func (d *Direction) UnmarshalText(b []byte) error {
	return readName(d, directionNames[:], b, "direction")
}

func (r Role) String() string { return nameOf(roleNames[:], int(r)) }

// MarshalText writes the name.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name.
func (r *Role) UnmarshalText(b []byte) error { return readName(r, roleNames[:], b, "role") }

func (l Link) String() string { return nameOf(linkNames[:], int(l)) }

// MarshalText writes the name.
func (l Link) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a name.
func (l *Link) UnmarshalText(b []byte) error { return readName(l, linkNames[:], b, "link") }

func (a Assent) String() string { return nameOf(assentNames[:], int(a)) }

// MarshalText writes the name.
func (a Assent) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a name.
func (a *Assent) UnmarshalText(b []byte) error { return readName(a, assentNames[:], b, "assent") }

func (t TapeState) String() string { return nameOf(tapeNames[:], int(t)) }

// MarshalText writes the name.
func (t TapeState) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a name.
func (t *TapeState) UnmarshalText(b []byte) error { return readName(t, tapeNames[:], b, "tape state") }

func (g Gift) String() string { return nameOf(giftNames[:], int(g)) }

// MarshalText writes the name.
func (g Gift) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a name.
func (g *Gift) UnmarshalText(b []byte) error { return readName(g, giftNames[:], b, "gift") }
