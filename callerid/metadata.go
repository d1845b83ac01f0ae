package callerid

import (
	"slices"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// plans are the numbering plans by country, as the library keeps them; short the plans of their short codes. The library
// builds its tables when the process starts; these only index them.
var (
	plans = sync.OnceValue(func() map[string]*phonenumbers.PhoneMetadata {
		all, err := phonenumbers.MetadataCollection()
		return byCountry(all, err)
	})
	shortPlans = sync.OnceValue(func() map[string]*phonenumbers.PhoneMetadata {
		all, err := phonenumbers.ShortNumberMetadataCollection()
		return byCountry(all, err)
	})
)

// byCountry indexes a collection. It is embedded in the library and was read when the process started, so that an error
// here is impossible; a country without a plan reads as nothing.
func byCountry(all *phonenumbers.PhoneMetadataCollection, err error) map[string]*phonenumbers.PhoneMetadata {
	index := make(map[string]*phonenumbers.PhoneMetadata)
	if err != nil {
		return index
	}
	for _, m := range all.GetMetadata() {
		index[m.GetId()] = m
	}
	return index
}

// metadata is the plan of a country; nil, which answers with empty values, for one that we do not know.
func metadata(country string) *phonenumbers.PhoneMetadata { return plans()[country] }

// shortCode reports digits that are a short code of the country which a person may call. Codes of single networks and
// codes that only take messages are left out: in some plans they are every number of five digits.
func shortCode(digits, country string) bool {
	m := shortPlans()[country]
	return inRange(digits, m.GetShortCode()) && !inRange(digits, m.GetCarrierSpecific()) && !inRange(digits, m.GetSmsServices())
}

func inRange(digits string, d *phonenumbers.PhoneNumberDesc) bool {
	lengths := d.GetPossibleLength()
	if len(lengths) > 0 && !slices.Contains(lengths, int32(len(digits))) {
		return false
	}
	return phonenumbers.MatchNationalNumber(digits, d, false)
}
