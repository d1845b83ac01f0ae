package callerid

import "roadline/fmc/cause"

// Form is what is known of one trunk: how it writes numbers, where it puts the caller's, and how ours may be shown on
// it. It is data of the carrier's profile; the zero value is a trunk that speaks E.164, tells the caller in From, gets
// our number in From and P-Asserted-Identity, and is trusted with nothing else.
type Form struct {
	Country string `json:"country"` // ISO 3166 alpha-2: whose plan its bare numbers are read by
	Called  Format `json:"called"`  // how the called number is written to it
	Caller  Format `json:"caller"`  // how callers' numbers are written to it, in every header
	Reads   Format `json:"reads"`   // how it writes numbers to us
	// Sources is where the caller's number is taken from: the first that holds one wins. Empty: From.
	Sources []Source `json:"sources,omitempty"`
	Carry   Carry    `json:"carry"`
	// Diverted is the header that lets a client's number be shown on a diverted call; the zero value forbids it.
	Diverted Diverted `json:"diverted"`
	// Privacy: the trunk keeps a number hidden when asked to (RFC 3323). Where it does not, no hidden call leaves by it.
	Privacy bool `json:"privacy,omitempty"`
	// Native: it is an operator's FMC trunk, which brings the calls of people's own mobiles and takes them back.
	Native bool `json:"native,omitempty"`
	// Fallback is shown where the wanted number may not be; it needs a proof like any other. Zero: there is none.
	Fallback Number `json:"fallback,omitzero"`
}

// Source is a place in an incoming INVITE that may hold the caller's number.
type Source uint8

// The sources. Diversion and History-Info hold who diverted the call, which is the caller we know on an operator's FMC
// trunk.
const (
	SourceFrom        Source = iota // RFC 3261 §20.20
	SourceAsserted                  // P-Asserted-Identity, RFC 3325 §9.1
	SourceRemoteParty               // Remote-Party-ID, never standardised, still sent
	SourceDiversion                 // RFC 5806
	SourceHistory                   // History-Info, RFC 7044
	SourceContact                   // the user part of Contact, as some gateways do
	sources
)

var sourceNames = [sources]string{"from", "p-asserted-identity", "remote-party-id", "diversion", "history-info", "contact"}

// Carry is which headers carry the number that we show.
type Carry uint8

// The forms.
const (
	CarryBoth        Carry = iota // From and P-Asserted-Identity
	CarryFrom                     // From alone
	CarryAsserted                 // P-Asserted-Identity; From holds the account of the trunk
	CarryRemoteParty              // From and Remote-Party-ID
	carries
)

var carryNames = [carries]string{"from+pai", "from", "pai", "from+rpid"}

// Diverted is the header that says that a call comes by way of a number of ours.
type Diverted uint8

// The headers.
const (
	NeverDiverted Diverted = iota // a client's number is never shown on this trunk
	ByDiversion                   // RFC 5806
	ByHistory                     // RFC 7044
	diverteds
)

var divertedNames = [diverteds]string{"never", "diversion", "history-info"}

// Check says whether the form can work: a known country, formats that can be read again, a fallback that is a number,
// and no client's number where From is not ours to fill.
func (f Form) Check() error {
	if err := CheckCountry(f.Country); err != nil {
		return err
	}
	for _, format := range []Format{f.Called, f.Caller, f.Reads} {
		if err := format.Check(f.Country); err != nil {
			return err
		}
	}
	if !f.Fallback.IsZero() && f.Fallback.E164 == "" {
		return cause.Errorf(cause.Invalid, "fallback number %q: write it like %s", f.Fallback, example(f.Country))
	}
	if f.Native && f.Diverted == NeverDiverted {
		return cause.Errorf(cause.Invalid, "calls go back to people's mobiles as diverted by them: write diverted: diversion or history-info")
	}
	if f.Native && f.Carry == CarryAsserted {
		return cause.Errorf(cause.Invalid, "who calls a person's mobile is shown in From, which holds the trunk's account here: write shown_in: from+pai")
	}
	if f.Carry == CarryAsserted && f.Diverted != NeverDiverted {
		return cause.Errorf(cause.Invalid, "a client's number is shown in From, which holds the trunk's account here: write diverted: never")
	}
	return nil
}
