package prompt

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"roadline/media"
)

// breath stands between the parts of what is said together.
var breath = media.NewSound("", silent(150*time.Millisecond))

func silent(length time.Duration) []byte {
	b := make([]byte, length*media.SampleRate/time.Second)
	for i := range b {
		b[i] = media.Silence
	}
	return b
}

// Find returns what an id says in a language; false when the library lacks any part of it, except names, which are left
// out. It reads from disk what is seldom said, and nothing else.
func (l *Library) Find(id ID, language Language) (Utterance, bool) {
	u := Utterance{Music: true}
	var versions []string
	for part := range strings.SplitSeq(string(id), separator) {
		clips, ok, err := l.part(ID(part), language)
		u.Lost = errors.Join(u.Lost, err)
		if !ok {
			if strings.HasPrefix(part, string(nameOf)) {
				continue
			}
			return Utterance{Lost: u.Lost}, false
		}
		for i, c := range clips {
			if i == 0 && len(u.Sounds) > 0 {
				u.Sounds = append(u.Sounds, breath)
			}
			u.Sounds = append(u.Sounds, c.sound)
			u.Music = u.Music && c.music
			versions = append(versions, c.version)
		}
	}
	if len(versions) > 1 {
		u.Version = versionOf([]byte(strings.Join(versions, separator)))
	} else if len(versions) == 1 {
		u.Version = versions[0]
	}
	return u, len(versions) > 0
}

// part finds one part: a text, digits or a number. An error is of one that is there and cannot be read.
func (l *Library) part(id ID, language Language) ([]clip, bool, error) {
	var words []ID
	switch {
	case strings.HasPrefix(string(id), string(digitsOf)):
		words = digits(strings.TrimPrefix(string(id), string(digitsOf)))
	case strings.HasPrefix(string(id), string(numberOf)):
		words = number(strings.TrimPrefix(string(id), string(numberOf)))
	default:
		words = []ID{id}
	}
	clips := make([]clip, 0, len(words))
	for _, word := range words {
		c, ok := l.lookup(word, language)
		if !ok {
			return nil, false, nil
		}
		c, err := c.heard(word)
		if err != nil {
			return nil, false, err
		}
		clips = append(clips, c)
	}
	return clips, len(clips) > 0, nil
}

// mostDigits is more than any number that is read aloud has: E.164 ends at 15.
const mostDigits = 32

// digits are the words of a row of digits; none when it is no such row.
func digits(row string) []ID {
	if row == "" || len(row) > mostDigits || strings.Trim(row, "0123456789") != "" {
		return nil
	}
	words := make([]ID, 0, len(row))
	for _, d := range []byte(row) {
		words = append(words, spokenNumber(int(d-'0')))
	}
	return words
}

// number is the words of a number from 0 to 999; none for another. Both languages say hundreds, tens and units in this
// order; English leaves its "and" out.
func number(digits string) []ID {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > 999 {
		return nil
	}
	var words []ID
	if n >= 100 {
		words = append(words, spokenNumber(n-n%100))
		if n %= 100; n == 0 {
			return words
		}
	}
	if n > 20 && n%10 > 0 {
		words = append(words, spokenNumber(n-n%10))
		n %= 10
	}
	return append(words, spokenNumber(n))
}
