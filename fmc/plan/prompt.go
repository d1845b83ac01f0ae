package plan

import (
	"strings"

	"roadline/callerid"
	"roadline/fmc"
)

// The prompts that plans say by themselves. Everything else that is heard is named by the company's own document.
const (
	SayNotice       fmc.PromptID = "recording-notice"
	SayMenu         fmc.PromptID = "menu"              // where a menu names no prompt of its own
	SayNoExtension  fmc.PromptID = "no-such-extension" //
	SayReconnecting fmc.PromptID = "reconnecting"      // to a client whose person was lost
	SayUnavailable  fmc.PromptID = "service-unavailable"
	SayEmergency    fmc.PromptID = "emergency-hint" // dial the emergency number directly
	SayNotAllowed   fmc.PromptID = "not-allowed"
	SayWrongNumber  fmc.PromptID = "wrong-number"
	SayNoLine       fmc.PromptID = "no-line"
	SayNoNumber     fmc.PromptID = "no-number-to-show"
	SayBusy         fmc.PromptID = "person-busy"
	SayNoAnswer     fmc.PromptID = "no-answer"
	SayNothingThere fmc.PromptID = "nothing-there" // nothing to pick up or to retrieve
	SayNextNumber   fmc.PromptID = "next-number"   // call-through: another number may be keyed
	SayPosition     fmc.PromptID = "queue-position"
	MailGroup       fmc.PromptID = "voicemail-group"
	MailBusy        fmc.PromptID = "voicemail-busy"
	MailNoAnswer    fmc.PromptID = "voicemail-no-answer"
	MailUnreachable fmc.PromptID = "voicemail-unreachable"
	MailOffHours    fmc.PromptID = "voicemail-off-hours"
	MusicDefault    fmc.PromptID = "default"
	WhisperCall     fmc.PromptID = "call-for-you" // where no group is called
	WhisperFrom     fmc.PromptID = "from"
	WhisperConfirm  fmc.PromptID = "confirm" // press 1 to take, 2 to pass on, 3 to voicemail
	prefixGroup                  = "name/group/"
	prefixEmployee               = "name/employee/"
	prefixDigits                 = "digits/"
	prefixCount                  = "number/"
	promptSeparator              = "+"
)

// Prompts returns every prompt that plans may say by themselves and that is not made of names or digits, so that whoever
// speaks them knows that it has them all.
func Prompts() []fmc.PromptID {
	return []fmc.PromptID{
		SayNotice, SayMenu, SayNoExtension, SayReconnecting, SayUnavailable, SayEmergency, SayNotAllowed, SayWrongNumber, SayNoLine,
		SayNoNumber, SayBusy, SayNoAnswer, SayNothingThere, SayNextNumber, SayPosition, MailGroup, MailBusy, MailNoAnswer,
		MailUnreachable, MailOffHours, WhisperCall, WhisperFrom, WhisperConfirm,
	}
}

// compose makes one prompt of several that are said one after another.
func compose(parts ...fmc.PromptID) fmc.PromptID {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(promptSeparator)
		}
		b.WriteString(string(p))
	}
	return fmc.PromptID(b.String())
}

// spell is the prompt that reads a number aloud; nothing for one that cannot be read.
func spell(n callerid.Number) fmc.PromptID {
	figures := strings.TrimPrefix(n.E164, "+")
	if figures == "" {
		figures = n.Code()
	}
	if !digits(figures) {
		return ""
	}
	return fmc.PromptID(prefixDigits + figures)
}
