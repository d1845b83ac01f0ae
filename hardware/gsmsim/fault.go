package gsmsim

import "roadline/fmc/cause"

// Fault is something that goes wrong with a device. Each is switched on and off while the device works.
type Fault string

// The faults.
const (
	WeakSignal        Fault = "weak-signal"        // the signal is as low as it gets, and says so
	DropInCall        Fault = "drop-in-call"       // calls are lost three seconds after they were answered, cause 41
	StuckDialling     Fault = "stuck-dialling"     // a dialled call neither rings nor ends, and hanging up does not help
	MissingNoCarrier  Fault = "missing-no-carrier" // no line says that a call ended
	SilentPort        Fault = "silent-port"        // nothing is answered and nothing is said
	LateReplies       Fault = "late-replies"       // everything is said, by Options.Lateness too late
	Garbage           Fault = "garbage"            // noise stands before every line
	ResetsItself      Fault = "resets-itself"      // it starts anew at once, and whenever a call was answered
	DeafUplink        Fault = "deaf-uplink"        // what is spoken into the device does not reach the far side
	MuteDownlink      Fault = "mute-downlink"      // what the far side says does not come out
	ShiftedBytes      Fault = "shifted-bytes"      // speech comes out shifted by a byte: loud static
	UnsolicitedBursts Fault = "unsolicited-bursts" // lines that nobody asked for stand in every answer
	FullStorage       Fault = "full-storage"       // there is no room for texts
	PulledSIM         Fault = "pulled-sim"         // the card is not in
	LostRegistration  Fault = "lost-registration"  // the network is not found
	NoVoice           Fault = "no-voice"           // registered for data and texts only, as where LTE is and its calls are not
	EchoOn            Fault = "echo-on"            // commands come back, whatever ATE0 said
	LostOK            Fault = "lost-ok"            // a text is taken, but +CMGS and OK get lost
)

// Faults are all faults.
func Faults() []Fault {
	return []Fault{
		WeakSignal, DropInCall, StuckDialling, MissingNoCarrier, SilentPort, LateReplies, Garbage, ResetsItself, DeafUplink,
		MuteDownlink, ShiftedBytes, UnsolicitedBursts, FullStorage, PulledSIM, LostRegistration, NoVoice, EchoOn, LostOK,
	}
}

// FaultNamed is the fault of that name.
func FaultNamed(name string) (Fault, error) {
	for _, f := range Faults() {
		if string(f) == name {
			return f, nil
		}
	}
	return "", cause.Errorf(cause.NotFound, "no fault is called %q", name)
}

// Fault switches a fault on, Mend off.
func (d *Device) Fault(f Fault) { d.fault(f, true) }

// Mend switches a fault off, or all where none is named.
func (d *Device) Mend(faults ...Fault) {
	if len(faults) == 0 {
		faults = Faults()
	}
	for _, f := range faults {
		d.fault(f, false)
	}
}

func (d *Device) fault(f Fault, on bool) {
	d.net.mu.Lock()
	defer d.net.mu.Unlock()
	if d.faults[f] == on {
		return
	}
	d.faults[f] = on
	switch f {
	case WeakSignal:
		d.model.dialect.signal(d)
	case DropInCall:
		d.dropSoon()
	case ResetsItself:
		if on {
			d.restart()
		}
	case PulledSIM:
		if on && d.leg != nil {
			d.leg.lost()
		}
		if d.card != nil {
			d.card.sinceUnlock = d.card.PIN == ""
		}
		d.model.dialect.card(d)
		d.search()
	case LostRegistration:
		if on && d.leg != nil {
			d.leg.lost()
		}
		d.search()
	case NoVoice:
		if n, _ := digits(d.flags["+CREG"]); n > 0 {
			d.say("+CREG: " + d.standing("+CREG", n))
		}
	case FullStorage:
		if !on {
			d.roomMade()
		}
	case StuckDialling, MissingNoCarrier, SilentPort, LateReplies, Garbage, DeafUplink, MuteDownlink, ShiftedBytes, UnsolicitedBursts, EchoOn, LostOK:
	}
}

// burst is a handful of lines that nobody asked for, of the kind that the family says at any time.
func (d *Device) burst() string {
	out := ""
	for _, line := range d.model.dialect.chatter {
		out += "\r\n" + line + "\r\n"
	}
	return out
}
