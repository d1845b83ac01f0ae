package callerid

import (
	"fmt"
	"strings"

	"roadline/fmc/cause"
)

// word returns the name of a value of a setting.
func word[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("unknown(%d)", uint8(v))
}

// choose reads the name of a value of a setting. Settings are what a person writes: an unknown word is an error that
// lists the known ones.
func choose[T ~uint8](names []string, what string, b []byte, v *T) error {
	for i, name := range names {
		if name == string(b) {
			*v = T(i)
			return nil
		}
	}
	return cause.Errorf(cause.Invalid, "%s %q: write one of %s", what, b, strings.Join(names, ", "))
}

func (s Style) String() string { return word(styleNames[:], s) }

// MarshalText writes the name.
func (s Style) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; an unknown one is an error of kind cause.Invalid.
func (s *Style) UnmarshalText(b []byte) error { return choose(styleNames[:], "number style", b, s) }

func (a AbroadStyle) String() string { return word(abroadNames[:], a) }

// MarshalText writes the name.
func (a AbroadStyle) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a name; an unknown one is an error of kind cause.Invalid.
func (a *AbroadStyle) UnmarshalText(b []byte) error {
	return choose(abroadNames[:], "style of numbers abroad", b, a)
}

func (s Source) String() string { return word(sourceNames[:], s) }

// MarshalText writes the name.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; an unknown one is an error of kind cause.Invalid.
func (s *Source) UnmarshalText(b []byte) error {
	return choose(sourceNames[:], "source of the caller's number", b, s)
}

func (c Carry) String() string { return word(carryNames[:], c) }

// MarshalText writes the name.
func (c Carry) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name; an unknown one is an error of kind cause.Invalid.
func (c *Carry) UnmarshalText(b []byte) error { return choose(carryNames[:], "caller-ID form", b, c) }

func (d Diverted) String() string { return word(divertedNames[:], d) }

// MarshalText writes the name.
func (d Diverted) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a name; an unknown one is an error of kind cause.Invalid.
func (d *Diverted) UnmarshalText(b []byte) error {
	return choose(divertedNames[:], "header for diverted calls", b, d)
}
