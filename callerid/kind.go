package callerid

import "fmt"

// Kind is what sort of number it is.
type Kind uint8

// The kinds.
const (
	None          Kind = iota // no number
	Hidden                    // the caller withheld it, or the network had none to give
	Unreadable                // something was given, and it is no telephone number: a name, letters, garbage
	Short                     // digits, * and # that only the PBX can place: an extension, a feature code
	Emergency                 // an emergency number of the country
	ServiceCode               // a short code of the country that is dialled by voice: 111, 118 000
	Fixed                     // a fixed line
	Mobile                    // a mobile
	FixedOrMobile             // the plan does not tell them apart (North America)
	Internet                  // a range for telephony over the Internet
	Universal                 // one number over several places (a company's number in a range of its own)
	TollFree                  // free for the caller
	Shared                    // the cost is shared with the one called
	Premium                   // the one called is paid for being called; personal and pager ranges too, which cost alike
	International             // of no country: satellite and network ranges (+870, +878, +881, +882, +883, +888)
	Unlisted                  // right in length, in no range that our copy of the plan knows
	kinds
)

var kindNames = [kinds]string{
	"none", "hidden", "unreadable", "short", "emergency", "service_code", "fixed", "mobile", "fixed_or_mobile", "internet",
	"universal", "toll_free", "shared", "premium", "international", "unlisted",
}

func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name; an unknown one, written by a later version, reads as None.
func (k *Kind) UnmarshalText(b []byte) error {
	*k = None
	for i, name := range kindNames {
		if name == string(b) {
			*k = Kind(i)
		}
	}
	return nil
}
