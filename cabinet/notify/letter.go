package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"roadline/fmc"
	"roadline/store/jobs"
)

// Letter is one mail to one address.
type Letter struct {
	ID      string // the left part of the Message-ID: the same whenever the letter is sent again
	To      string // a bare address
	Subject string
	Text    string
	Date    time.Time
	Sound   []byte // a WAV file; nil: none
}

// letter begins the letter of a task.
func (d *Desk) letter(t jobs.Task, c *fmc.Company, to string) Letter {
	return Letter{ID: letterID(t, to), To: to, Date: t.Accepted.In(zone(c))}
}

// letterID names the letter of a task to an address.
func letterID(t jobs.Task, to string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v %d", t.Company, to, t.Also, t.More))
	return fmt.Sprintf("%s.%s.%d.%s", t.Kind, t.Call, t.N, hex.EncodeToString(sum[:8]))
}

// zone is where a company's clocks stand.
func zone(c *fmc.Company) *time.Location {
	if c.Profile.Zone == nil {
		return time.UTC
	}
	return c.Profile.Zone
}

// oneLine is a text for a header: no line of it can become another header.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
