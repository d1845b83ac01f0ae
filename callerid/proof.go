package callerid

import (
	"time"

	"roadline/fmc/cause"
)

// ProofKind is how it was proved that a number is the company's.
type ProofKind uint8

// The kinds of proof.
const (
	Unproven ProofKind = iota // no proof at all, or one of a kind that this build does not know
	Declared                  // a person answers for it, with a contract or a carrier's letter
	proofKinds
)

var proofNames = [proofKinds]string{"unproven", "declared"}

func (k ProofKind) String() string { return word(proofNames[:], k) }

// MarshalText writes the name.
func (k ProofKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name; an unknown one, written by a later version, reads as Unproven and proves nothing.
func (k *ProofKind) UnmarshalText(b []byte) error {
	*k = Unproven
	for i, name := range proofNames {
		if name == string(b) {
			*k = ProofKind(i)
		}
	}
	return nil
}

// Proof is why we believe that a number is a company's own.
type Proof struct {
	Number string    `json:"number"` // E.164
	Kind   ProofKind `json:"kind"`
	By     string    `json:"by,omitempty"`   // who declared it
	Ref    string    `json:"ref,omitempty"`  // the contract or letter
	At     time.Time `json:"at"`             // from when it holds
	Until  time.Time `json:"until,omitzero"` // to when, exclusive; zero: until it is taken back
}

// IsZero reports that there is no proof.
func (p Proof) IsZero() bool { return p == Proof{} }

// holds says whether the proof holds at an instant, and if not, why.
func (p Proof) holds(at time.Time) error {
	switch {
	case p.Kind == Unproven || p.Kind >= proofKinds:
		return cause.Errorf(cause.Denied, "%s is not proved to be the company's number", p.Number)
	case at.Before(p.At):
		return cause.Errorf(cause.Denied, "the proof that %s is the company's number holds only from %s", p.Number, p.At.UTC().Format(time.DateOnly))
	case !p.Until.IsZero() && !at.Before(p.Until):
		return cause.Errorf(cause.Denied, "the proof that %s is the company's number ended on %s: renew it", p.Number, p.Until.UTC().Format(time.DateOnly))
	}
	return nil
}

// Owned is the set of numbers that one company has proved to be its own. It never changes; the zero value owns nothing.
type Owned struct{ proofs map[string][]Proof }

// NewOwned makes the set. A number may have several proofs: one that holds is enough.
func NewOwned(proofs ...Proof) Owned {
	o := Owned{proofs: make(map[string][]Proof, len(proofs))}
	for _, p := range proofs {
		o.proofs[p.Number] = append(o.proofs[p.Number], p)
	}
	return o
}

// Has reports whether n is proved to be the company's own at an instant.
func (o Owned) Has(n Number, at time.Time) bool { return o.Check(n, at) == nil }

// Check is Has with the reason: an error of kind cause.Denied that a person can read.
func (o Owned) Check(n Number, at time.Time) error {
	if n.E164 == "" {
		return cause.Errorf(cause.Denied, "a %s number is nobody's to show", n.Kind)
	}
	err := Proof{Number: n.E164}.holds(at)
	for _, p := range o.proofs[n.E164] {
		if err = p.holds(at); err == nil {
			return nil
		}
	}
	return err
}
