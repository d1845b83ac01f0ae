package plan

import (
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

const mostMessages = 20 // that are heard one after another

// greeting is what is heard before a message is left: the first greeting of the mailbox that fits the hour, else the
// house's own.
func (d *decision) greeting(house fmc.PromptID, group fmc.GroupID, person fmc.EmployeeID) fmc.PromptID {
	var box fmc.Mailbox
	if e, ok := d.known(person); ok {
		box = e.Voicemail
	} else if g, ok := d.c.Group(group); ok && group != "" {
		box = g.Mailbox
	}
	for _, g := range box.Greetings {
		inside := g.Inside == "" || d.c.OpenAt(g.Inside, d.now)
		outside := g.Outside == "" || !d.c.OpenAt(g.Outside, d.now)
		if inside && outside && g.Prompt != "" {
			return g.Prompt
		}
	}
	return house
}

// messages has a person hear what was left for them, the oldest first.
func (d *decision) messages(e *fmc.Employee) {
	if !d.trusted(e, Query{What: AskMail}, codeMailbox) {
		return
	}
	say := SayNoMessages
	for i, m := range d.w.Messages(e.ID) {
		if i < mostMessages && m.Prompt != "" {
			d.message(e, m)
			say = SayNoMore
		}
	}
	d.because("messages", string(e.ID), "%s hears their messages", e.ID)
	d.leadTo(tailOver, d.add(Node{Do: Say, Say: say}), Done)
}

// message adds one message, which may be heard again, and whose client may be called back.
func (d *decision) message(e *fmc.Employee, m fmc.NewMail) {
	from := callerid.Received(m.From, d.c.Profile.Country)
	if who := spell(from); who != "" {
		d.say(compose(SayMessageFrom, who))
	} else {
		d.say(SayMessageHidden)
	}
	again := d.add(Node{Do: Say, Say: m.Prompt})
	at := d.add(Node{Do: Gather, Say: SayMessageKeys, For: menuTimeout, Keys: map[string]int{"1": again}})
	if from.E164 != "" {
		d.nodes[at].Say, d.nodes[at].Keys["5"] = SayMessageCall, d.here()
		d.anew(Query{What: AskOut, Employee: e.ID, Digits: from.E164, Proof: d.proof()})
	}
	d.nodes[at].Keys["2"] = d.here()
	d.on(at, d.here(), TimedOut, Done)
}

// recordPrompt has a person say a prompt of the company, by which code they asked for it.
func (d *decision) recordPrompt(e *fmc.Employee, prompt fmc.PromptID, code string) {
	if prompt == "" {
		d.refuse(cause.WrongNumber, "prompt", "", "it is not said which prompt is to be recorded")
		return
	}
	if !d.trusted(e, Query{What: AskRecord, Prompt: prompt}, code) {
		return
	}
	d.because("prompt", string(prompt), "%s says this prompt", e.ID)
	at := d.add(Node{Do: Mail, Say: SayPrompt, Person: e.ID, Prompt: prompt, For: longestMail})
	d.leadTo(tailUnavailable, at, Forbidden)
	d.on(at, d.here(), Done)
	d.leadTo(tailOver, d.add(Node{Do: Say, Say: SayRecorded}), Done)
}
