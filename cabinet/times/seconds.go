package times

import "time"

// Seconds is a duration in JSON.
type Seconds float64

// In is a duration in seconds, to the millisecond.
func In(d time.Duration) Seconds { return Seconds(d.Round(time.Millisecond).Seconds()) }

// Maybe is a duration in seconds where there is one.
func Maybe(d *time.Duration) *Seconds {
	if d == nil {
		return nil
	}
	s := In(*d)
	return &s
}
