package callerid

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Pretty is the number as people of the country home write it: "8 (495) 123-45-67" for one of their own, "+44 20 7183
// 8750" for another. What is no full number stays as String has it.
func (n Number) Pretty(home string) string {
	if n.E164 == "" {
		return n.String()
	}
	number, err := phonenumbers.Parse(n.E164, "")
	if err != nil {
		return n.E164
	}
	if n.Country == home {
		return phonenumbers.Format(number, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// Spoken is the number in the groups in which it is read aloud in a language ("ru", "en"), for a voice that reads numbers:
// in Russian a group is one number ("8", "495", "123", "45", "67"), zeros in front by themselves ("0 5"); elsewhere digit
// by digit ("4 9 5"). A number of another country begins with its code. Nothing for a number that cannot be read aloud.
func (n Number) Spoken(language, home string) []string {
	if n.E164 == "" && n.Code() == "" {
		return nil
	}
	var groups []string
	for _, group := range strings.FieldsFunc(n.Pretty(home), func(r rune) bool { return !unicode.IsDigit(r) && r != '*' && r != '#' }) {
		if language == "ru" {
			groups = append(groups, inNumbers(group)...)
		} else {
			groups = append(groups, strings.Join(strings.Split(group, ""), " "))
		}
	}
	return groups
}

// inNumbers splits a group into numbers of at most three digits that a person reads as one.
func inNumbers(group string) []string {
	if len(group) > 3 {
		first := 3
		if len(group)%3 != 0 && len(group)%2 == 0 {
			first = 2
		}
		return append(inNumbers(group[:first]), inNumbers(group[first:])...)
	}
	if strings.ContainsAny(group, "*#") {
		return []string{strings.Join(strings.Split(group, ""), " ")}
	}
	value := strings.TrimLeft(group, "0")
	zeros := strings.Repeat("0 ", len(group)-len(value))
	return []string{strings.TrimSpace(zeros + value)}
}
