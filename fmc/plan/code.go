package plan

import (
	"cmp"
	"strconv"
	"strings"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// The codes that a person dials at a phone of the company or keys at the dial tone. FLOWS E2a, E4, E5.
const (
	codeLastClient = "*0"
	codeRedial     = "*7"
	codePickUp     = "**" // and an extension: takes the call that rings there; alone: a call of the person's own groups
	codeRetrieve   = "*4" // and a slot: fetches a parked call, by the key that parks it
	codePull       = "*8" // the person's running call goes on here
	codePush       = "*9" // is for a call: there is none
	codeMailbox    = "*97"
	codeMode       = "*6"  // 0, 1 or 2, and until when: how the person wishes to be rung
	codeRecord     = "*98" // and a figure: says the prompt of that number; before it an extension of a group whose head one is
)

// isCode reports what can be keyed as a code: stars, and figures behind them.
func isCode(k string) bool {
	rest := strings.TrimLeft(k, "*")
	return rest != k && len(k) <= longestKeys && (rest == "" || digits(rest))
}

// redials reports a code that calls a number outside again.
func redials(dialled string) bool { return dialled == codeLastClient || dialled == codeRedial }

// code decides what a code asks for.
func (d *decision) code(e *fmc.Employee, dialled string) {
	record, isRecord := strings.CutPrefix(dialled, codeRecord)
	slot, isSlot := strings.CutPrefix(dialled, codeRetrieve)
	extension, isPickUp := strings.CutPrefix(dialled, codePickUp)
	mode, isMode := strings.CutPrefix(dialled, codeMode)
	switch {
	case dialled == codeLastClient:
		d.again(e, d.history(e).LastWith)
	case dialled == codeRedial:
		d.again(e, d.history(e).LastDialled)
	case dialled == codePull:
		d.pull(e)
	case dialled == codeMailbox:
		d.messages(e)
	case dialled == codePush:
		d.refuseKeyed(refused(cause.WrongNumber, SayNothingThere, "code", dialled, "there is no call that could go on elsewhere"), SayNothingThere)
	case isRecord:
		d.says(e, record)
	case isMode:
		d.setMode(e, mode)
	case isPickUp:
		d.pickUp(e, extension)
	case isSlot && slot != "":
		d.fetchBy(Query{What: AskRetrieve, Slot: fmc.SlotID(slot)})
	default:
		d.refuseKeyed(refused(cause.WrongNumber, SayNoExtension, "extension", dialled, "the company has no such code or extension"), SayNoExtension)
	}
}

// again calls whom a person spoke with or called last.
func (d *decision) again(e *fmc.Employee, number string) {
	if number == "" {
		d.refuseKeyed(refused(cause.WrongNumber, SayNothingThere, "person", string(e.ID), "%s called nobody who could be called again", e.ID), SayNothingThere)
		return
	}
	d.because("person", string(e.ID), "%s calls %s again", e.ID, number)
	d.callKeyed(e, number)
}

// PickUp is what is dialled to take the call that rings for an extension.
func PickUp(extension string) string { return codePickUp + extension }

// pickUp takes a call that rings for an extension, or for one of the person's groups.
func (d *decision) pickUp(e *fmc.Employee, extension string) {
	var rings []Query
	if extension != "" {
		if to := d.extension(extension); to.Do == fmc.RingEmployee || to.Do == fmc.RingGroup {
			rings = append(rings, Query{What: AskPickUp, Group: to.Group, Employee: to.Employee})
		}
	} else {
		for _, g := range e.Groups {
			if _, ok := d.c.Group(g); ok && g != "" {
				rings = append(rings, Query{What: AskPickUp, Group: g})
			}
		}
	}
	if len(rings) == 0 {
		d.refuseKeyed(refused(cause.WrongNumber, SayNoExtension, "extension", codePickUp+extension, "the company has no such code or extension"), SayNoExtension)
		return
	}
	d.fetchBy(rings...)
}

const mostChoices = 9 // that one key tells apart

// pull takes a person's running call over: FLOWS E5. Which of several is asked, never guessed.
func (d *decision) pull(e *fmc.Employee) {
	legs := d.w.Talking(e.ID)
	switch len(legs) {
	case 0:
		d.refuseKeyed(refused(cause.WrongNumber, SayNothingThere, "fetch", string(e.ID), "%s is in no other call that could go on here", e.ID), SayNothingThere)
	case 1:
		d.replace(e, legs[0])
	default:
		legs = legs[:min(len(legs), mostChoices)]
		d.because("fetch", string(e.ID), "%s is in %d calls and is asked which", e.ID, len(legs))
		at := d.add(Node{Do: Gather, Say: SaySeveral, For: keyedTimeout, Keys: make(map[string]int, len(legs))})
		for i, leg := range legs {
			d.nodes[at].Keys[strconv.Itoa(i+1)] = d.here()
			d.replace(e, leg)
		}
		d.leadTo(tailNothing, at, TimedOut, Done)
	}
}

// replace takes the place of a person's leg in another call.
func (d *decision) replace(e *fmc.Employee, leg fmc.LegID) {
	d.because("fetch", leg.String(), "%s goes on here", e.ID)
	at := d.add(Node{Do: Give, Gift: fmc.Replace, Whom: leg, Query: Query{What: AskMove, Employee: e.ID}})
	d.leadTo(tailTaken, at, Done)
	d.leadTo(tailNothing, at, Unreachable, TimedOut)
}

// says has a person record a prompt: one of their own, or of a group whose head they are.
func (d *decision) says(e *fmc.Employee, code string) {
	extension, ok := e.Extension, digits(code)
	if ok && len(code) > 1 {
		to := d.c.Extension(code[:len(code)-1])
		g, _ := d.c.Group(to.Group)
		extension, ok = code[:len(code)-1], to.Do == fmc.RingGroup && g.Head == e.ID
	}
	if !ok || extension == "" {
		d.refuseKeyed(refused(cause.WrongNumber, SayNotAllowed, "code", codeRecord+code, "%s has no prompt of this number", e.ID), SayNotAllowed)
		return
	}
	d.recordPrompt(e, fmc.PromptID(prefixRecorded+extension+"/"+code[len(code)-1:]), codeRecord+code)
}

// trusted has a person prove that it is they before they hear or say what is theirs alone. It is false where that was
// asked for; next is what follows it.
func (d *decision) trusted(e *fmc.Employee, next Query, code string) bool {
	if d.vouched() || d.proof() >= fmc.ByPIN {
		return true
	}
	h := d.history(e)
	if h.HasPIN && !h.Locked {
		d.because("proof", string(e.ID), "a PIN is asked for before messages are heard or prompts are said")
		d.askPIN(Query{Employee: e.ID, Next: next.What, Prompt: next.Prompt})
		return false
	}
	d.because("proof", string(e.ID), "proof is wanted, and there is no PIN that could be asked for")
	d.proveByCallBack(e, code)
	return false
}

// askedMailbox answers who wants to hear their messages, or to say a prompt.
func (d *decision) askedMailbox() {
	e, ok := d.known(d.q.Query.Employee, d.q.Employee)
	switch {
	case !ok || d.client:
		d.refuse(cause.Refused, "person", string(cmp.Or(d.q.Query.Employee, d.q.Employee)), "nobody of the company is known to have asked for this")
	case d.q.Query.What == AskMail:
		d.messages(e)
	default:
		d.recordPrompt(e, d.q.Query.Prompt, "")
	}
}
