package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
)

// The company's numbers for its own people, in the file's order behind those of the cards.
const (
	accessNumber   = cardsNumbers + 4 + iota // they key whom they want
	callBackNumber                           // they are called back
)

// roadPIN is the PIN of everybody who has a mobile.
const roadPIN = "4826"

// setPINs gives everybody with a mobile a PIN, by the API that everybody uses.
func (d *Demo) setPINs(ctx context.Context) error {
	for _, e := range d.company.Employees {
		if mobileOf(e) == "" {
			continue
		}
		path := fmt.Sprintf("companies/%s/employees/%s/pin", d.company.Profile.ID, e.ID)
		if err := d.ask(ctx, http.MethodPut, path, cabinet.PIN{PIN: roadPIN}, &cabinet.PINIs{}); err != nil {
			return err
		}
	}
	return nil
}

func mobileOf(e fmc.Employee) string {
	for _, device := range e.Devices {
		if device.Kind == fmc.Mobile {
			return device.Number.E164
		}
	}
	return ""
}

// traveller is one of the people with a mobile, by chance.
func (d *Demo) traveller(chance *rand.Rand) fmc.Employee {
	var all []fmc.Employee
	for _, e := range d.company.Employees {
		if mobileOf(e) != "" {
			all = append(all, e)
		}
	}
	return all[chance.IntN(len(all))]
}

// through has a person call a client from the road: by their own mobile, as the company.
func (d *Demo) through(chance *rand.Rand, client int) error {
	e := d.traveller(chance)
	_, err := d.world.Call(mobileOf(e), d.company.Numbers[accessNumber].Number.E164, d.callsThrough(e, client))
	return err
}

// wantsCallBack has a person ring the number that calls them back. Their mobile is free again when it does.
func (d *Demo) wantsCallBack(chance *rand.Rand) error {
	_, err := d.world.Call(mobileOf(d.traveller(chance)), d.company.Numbers[callBackNumber].Number.E164, func(l *outside.Line) { l.Wait(20 * time.Second) })
	return err
}

// callsThrough hears the tone, keys whom they want, and speaks as at a desk; on the way they have the client hold for a
// moment, by *5, and mark what was said, by *1. The client hears none of the keys.
func (d *Demo) callsThrough(e fmc.Employee, client int) outside.Habit {
	return func(l *outside.Line) {
		if !l.Answered(20 * time.Second) {
			return
		}
		if l.Hear(4*time.Second, line(houseVoice, "enter-pin")) != "" {
			l.Press(roadPIN + "#")
			l.Wait(time.Second)
		}
		l.Wait(l.Between(500*time.Millisecond, 1500*time.Millisecond)) // the tone
		l.Press("8" + clientNumber(client)[2:] + "#")
		if l.Hear(45*time.Second, line(houseVoice, "recording-notice")) == "" { // nobody picked up
			return
		}
		l.Quiet(time.Second, 3*time.Second) // being put through
		for i, errand := range errands {
			if i > 0 {
				l.Turn(6 * time.Second)
			}
			l.Say(line(string(e.ID), errand))
			if i == 0 && l.Chance.IntN(2) == 0 {
				l.Turn(6 * time.Second)
				l.Press("*5")
				l.Wait(l.Between(3*time.Second, 5*time.Second))
				l.Press("*5")
				l.Wait(time.Second)
				l.Press("*1")
			}
		}
		l.Turn(2 * time.Second)
	}
}

// keysNumber is a person who was called back: they press 1, and key whom they want.
func (d *Demo) keysNumber(l *outside.Line, e fmc.Employee) {
	l.Wait(l.Between(1500*time.Millisecond, 2500*time.Millisecond))
	l.Press("1")
	d.callsThrough(e, 1+l.Chance.IntN(clients))(l)
}

// isCalledBack reports whether what a mobile hears is the call that its owner asked for.
func (d *Demo) isCalledBack(l *outside.Line) bool {
	return strings.HasSuffix(l.Hear(3*time.Second, line(houseVoice, "called-back")), "called-back")
}
