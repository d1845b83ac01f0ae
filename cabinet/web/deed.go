package web

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"roadline/cabinet/access"
	"roadline/fmc"
)

// deeds are what the audit tells of, by the names of operations, in the order of a list to choose from; each has a text
// "deed.<name>".
var deeds = []string{
	"sign-in", "sign-in.locked", "sign-out", "sessions.end", "password.change", "password.forgot", "password.set", "codes.begin", "codes.end", "pin.set", "pin.remove", "mode.set",
	"recordings.listen", "recordings.hold", "recordings.release", "recordings.delete", "recordings.settle", "links.make", "links.revoke", "links.play", "voicemail.listen", "voicemail.heard",
	"calls.make", "calls.wish", "calls.grab", "calls.move", "calls.hang-up", "calls.result", "comments.write", "comments.change", "comments.delete", "tags.add", "tags.remove", "reviews.write",
	"missed.take", "missed.close", "clients.change", "clients.forget", "clients.import", "messages.send", "message.again", "message.codes", "programs.secret", "programs.tell-again",
	"lines.release", "lines.restart", "lines.try", "lines.ussd", "sims.forward", "sims.look", "sims.mandates", "sims.place", "sims.rebind", "guard.unban", "alarm.see", "alarm.mute",
	"draft.change", "draft.write", "draft.return", "draft.merge", "draft.discard", "document.publish", "prompts.upload", "prompts.remove", "prompts.listen",
	"people.invite", "people.import", "people.password", "people.shut-out", "people.end-codes", "accounts.password", "accounts.shut-out", "tokens.make", "tokens.revoke",
	"webhooks.add", "webhooks.change", "webhooks.remove", "webhooks.rotate", "webhooks.test", "webhooks.replay",
}

// nodeDeeds are the deeds of what the command line on the node asks for, by the names that the audit has for it.
var nodeDeeds = map[string]string{
	"PUT document": "document.publish", "POST calls": "calls.make", "POST calls/{call}/wishes": "calls.wish",
	"calls/{call}/recording": "recordings.listen", "POST calls/{call}/recording/{change}": "recordings.settle",
	"voicemail/{call}/{n}/sound": "voicemail.listen", "POST voicemail/{call}/{n}/heard": "voicemail.heard",
	"prompts/{prompt}/sound": "prompts.listen", "PUT prompts/{prompt}/sound": "prompts.upload", "DELETE prompts/{prompt}/sound": "prompts.remove",
	"POST missed/{task}/take": "missed.take", "POST missed/{task}/close": "missed.close",
	"sims/mandates": "sims.mandates", "PUT sims/{iccid}/place": "sims.place", "PUT sims/{iccid}/number": "sims.rebind",
	"PUT sims/{iccid}/forwarding": "sims.forward", "POST sims/{iccid}/forwarding/look": "sims.look",
	"POST lines/shadow": "lines.try", "POST lines/{line}/ussd": "lines.ussd", "POST lines/{line}/release": "lines.release", "POST lines/{line}/restart": "lines.restart",
	"POST messages": "messages.send", "POST programs/{program}/secret": "programs.secret", "POST deliveries/{n}/again": "programs.tell-again",
	"PUT accounts/{account}/password": "accounts.password", "DELETE accounts/{account}/password": "accounts.shut-out",
	"PUT employees/{employee}/pin": "pin.set", "DELETE employees/{employee}/pin": "pin.remove",
	"PUT employees/{employee}/login": "people.password", "DELETE employees/{employee}/login": "people.shut-out",
	"POST employees/{employee}/invitation": "people.invite", "POST employees/{employee}/mode": "mode.set",
}

// deed is in words what an entry of the audit tells of; one that an earlier version wrote and this one never does is told
// by its name.
func (v *visit) deed(what string) string {
	if name := cmp.Or(nodeDeeds[what], what); slices.Contains(deeds, name) {
		return v.say("deed." + name)
	}
	return what
}

// deedChoices are the deeds that the audit can be asked for. What the command line did has a name of its own there.
func (v *visit) deedChoices(asked string) []choice {
	all := []choice{{"", v.say("audit.anything")}}
	for _, name := range deeds {
		all = append(all, choice{name, v.say("deed." + name)})
	}
	for _, name := range slices.Sorted(maps.Keys(nodeDeeds)) {
		all = append(all, choice{name, v.say("audit.by-command", "Deed", v.deed(name))})
	}
	if !slices.ContainsFunc(all, func(c choice) bool { return c.Value == asked }) {
		all = append(all, choice{asked, asked})
	}
	return all
}

// doer is who did something, by name.
func (v *visit) doer(id string) string {
	if id == "machine" {
		return v.say("audit.machine")
	}
	if strings.HasPrefix(id, "link ") {
		return v.say("audit.link")
	}
	return v.author(id)
}

// ofPeople are the beginnings of the names of deeds that are done to a person.
var ofPeople = regexp.MustCompile(`^(pin|mode|people|password|codes|sessions|sign-in\.locked)\b`)

// object is what a deed was done to, with the names of people, groups, cards, lines and numbers in place of their ids.
func (v *visit) object(what, id string) string {
	if ofPeople.MatchString(cmp.Or(nodeDeeds[what], what)) {
		who, _, _ := strings.Cut(id, "/") // sessions have ids of their own, which say nothing
		return v.personName(fmc.EmployeeID(who))
	}
	switch place, key, _ := strings.Cut(id, "."); place { // of the company's document
	case "people":
		return v.personName(fmc.EmployeeID(key))
	case "groups":
		return v.groupName(fmc.GroupID(key))
	}
	if _, ok := v.company.SIM(fmc.ICCID(id)); ok {
		return v.cardName(fmc.ICCID(id))
	}
	return v.readable(id)
}

// ofCalls are the beginnings of the names of deeds that are done to a call.
var ofCalls = regexp.MustCompile(`^(calls|recordings|tags|reviews|voicemail|links\.(make|play)|comments\.write)\b`)

// callOf is the page of the call that a deed was done to; empty: it was none, or it is not for whoever looks.
func (v *visit) callOf(what, object string) string {
	if !v.viewer.May(access.CallsRead) || !ofCalls.MatchString(cmp.Or(nodeDeeds[what], what)) {
		return ""
	}
	call, _, _ := strings.Cut(object, "/")
	return "/calls/" + url.PathEscape(call)
}
