package callerid

import (
	"fmt"

	"github.com/nyaruka/phonenumbers"
)

// Class is where a call to a number leads, seen from one country: what rules about destinations and money speak of.
type Class uint8

// The classes.
const (
	Unclassed       Class = iota // no number, or one that nothing is known of
	Internal                     // an extension or a feature code of the PBX
	ToEmergency                  // an emergency number
	ToService                    // a short code of the country
	DomesticFixed                // fixed, Internet and universal numbers, and where the plan cannot tell them from mobiles
	DomesticMobile               //
	DomesticFree                 // free for the caller
	DomesticShared               // shared cost
	DomesticPremium              // paid to the one called
	Abroad                       // an ordinary or a free number of another country
	AbroadPremium                // premium or shared cost abroad, satellites and networks of no country
	classes
)

var classNames = [classes]string{
	"unclassed", "internal", "emergency", "service", "domestic_fixed", "domestic_mobile", "domestic_free", "domestic_shared",
	"domestic_premium", "abroad", "abroad_premium",
}

// Class says where a call to n leads for a caller in the country home.
func (n Number) Class(home string) Class {
	switch n.Kind {
	case Short:
		return Internal
	case Emergency:
		return ToEmergency
	case ServiceCode:
		return ToService
	case Unlisted, None, Hidden, Unreadable:
		return Unclassed
	case International:
		return AbroadPremium
	case Fixed, Mobile, FixedOrMobile, Internet, Universal, TollFree, Shared, Premium:
	}
	if n.E164 == "" {
		return Unclassed
	}
	if n.Country == home || sharedRange(n, home) {
		return domestic[n.Kind]
	}
	if n.Kind == Premium || n.Kind == Shared {
		return AbroadPremium
	}
	return Abroad
}

var domestic = [kinds]Class{
	Fixed: DomesticFixed, Mobile: DomesticMobile, FixedOrMobile: DomesticFixed, Internet: DomesticFixed, Universal: DomesticFixed,
	TollFree: DomesticFree, Shared: DomesticShared, Premium: DomesticPremium,
}

// sharedRange reports a number of a country that shares its code with home, in a range that both plans list: a free
// number of North America belongs to Canada as much as to the United States.
func sharedRange(n Number, home string) bool {
	if n.Country == home || callingCode(n.Country) == "" || callingCode(n.Country) != callingCode(home) {
		return false
	}
	number, err := phonenumbers.Parse(n.E164, "")
	return err == nil && phonenumbers.IsValidNumberForRegion(number, home)
}

// Denied reports the classes that are denied unless a company's rules allow them: abroad, premium, and what nothing is
// known of.
func (c Class) Denied() bool {
	switch c {
	case Unclassed, DomesticPremium, Abroad, AbroadPremium:
		return true
	default:
		return false
	}
}

func (c Class) String() string {
	if c < classes {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// MarshalText writes the name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name; an unknown one, written by a later version, reads as Unclassed, which is denied.
func (c *Class) UnmarshalText(b []byte) error {
	*c = Unclassed
	for i, name := range classNames {
		if name == string(b) {
			*c = Class(i)
		}
	}
	return nil
}
