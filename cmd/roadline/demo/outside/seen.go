package outside

import (
	"time"

	"roadline/fmc/cause"
)

// Seen is what one end of a call lived through: the world's own record, to be held against the server's. Times are on
// the world's clock; 0 is never.
type Seen struct {
	Line     int       // counted from 1
	Number   string    // whose end it is: a number, or the account of a phone
	Other    string    // who called, as it was shown; or what was dialled
	Called   bool      // somebody called it; else it called
	Air      bool      // it is in the mobile network
	Keys     string    // pressed
	At       time.Time // when it began, by the wall clock
	Began    time.Duration
	Rang     time.Duration // the one it called was alerted
	Answered time.Duration
	Ended    time.Duration
	HungUp   bool        // this end hung up
	Cause    cause.Cause // how the line ended, as it was told
	Said     []string    // phrases, in their order
	Heard    []string    // phrases of which anything was heard
}

// Unheard says that a call over the air reached no modem: the network answered it in place of one that is in another call
// or away, and the server cannot know of it.
func (s Seen) Unheard() bool { return s.Air && !s.Called && s.Rang == 0 && s.Answered == 0 }
