package gsmsim

import "fmt"

// Card is a SIM. Its exported fields are what it is made with; what changes in use is kept with it wherever it is put.
type Card struct {
	ICCID         string // 19 or 20 digits
	IMSI          string // 15 digits; the first five are its operator's, unless it roams
	Number        string // with +; the network knows it, the card itself says it where Says is set
	Says          bool   // +CNUM tells the number; most cards do not
	PIN, PUK      string // PIN empty: none is asked for
	Places        int    // for texts; 0: 20
	Roaming       bool   // the network that it finds is not its own
	Refused       bool   // the network does not let it in
	ServiceCentre string // empty: that of the operator
	Forwarding    Forwarding
	// What it has to spend: kopecks, and a package of minutes and texts that is used up first.
	Kopecks, Minutes, Texts int

	// Guarded by Network.mu of the network that it was plugged in.
	known       bool // the rest is filled in
	left        Left
	store       []*stored
	reference   byte // of the text it sent last
	smsc        string
	where       *Device             // it is in
	forwarded   [forwards]forwarded // by the reasons of +CCFC
	sinceUnlock bool                // the PIN was given since power came
}

// Left is what of a card can be used up.
type Left struct {
	Kopecks, Minutes, Texts int
	PIN, PUK                int // attempts
}

// settle fills in what a card begins with.
func (c *Card) settle(n *Network) {
	if c.known {
		return
	}
	c.known = true
	if c.Places == 0 {
		c.Places = 20
	}
	c.left = Left{Kopecks: c.Kopecks, Minutes: c.Minutes, Texts: c.Texts, PIN: 3, PUK: 10}
	c.smsc = c.ServiceCentre
	if c.smsc == "" {
		c.smsc = n.operatorOf(c).ServiceCentre
	}
}

// Left is what the card has left.
func (n *Network) Left(c *Card) Left {
	n.mu.Lock()
	defer n.mu.Unlock()
	c.settle(n)
	return c.left
}

// NewCard is an ordinary prepaid card of Roadnet: the index makes its ICCID, IMSI and number.
func NewCard(index int) *Card {
	return &Card{
		ICCID: withLuhn(fmt.Sprintf("897019900000%06d", index)), IMSI: fmt.Sprintf("25099%010d", index), Number: fmt.Sprintf("+7999%07d", index),
		Kopecks: 50_000, Minutes: 300, Texts: 100,
	}
}

// withLuhn adds the check digit of ISO/IEC 7812.
func withLuhn(digits string) string {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}
