package plan

import (
	"strings"

	"roadline/callerid"
	"roadline/fmc"
)

// The prompts that plans say by themselves, as the house's library names them. Everything else that is heard is named by
// the company's own document.
const (
	// To a client.
	SayNotice       fmc.PromptID = "recording-notice"
	SayMenu         fmc.PromptID = "menu" // where a menu names no prompt of its own
	SayNoExtension  fmc.PromptID = "no-such-extension"
	SayReconnecting fmc.PromptID = "reconnecting" // their person was lost in speech
	SayUnavailable  fmc.PromptID = "service-unavailable"
	SayPosition     fmc.PromptID = "queue-position" // and a number
	MusicDefault    fmc.PromptID = "default"

	// Before a message is left.
	MailPlain       fmc.PromptID = "leave-message"
	MailGroup       fmc.PromptID = "voicemail-group"
	MailBusy        fmc.PromptID = "voicemail-busy"
	MailNoAnswer    fmc.PromptID = "voicemail-no-answer"
	MailUnreachable fmc.PromptID = "voicemail-unreachable"
	MailOffHours    fmc.PromptID = "voicemail-off-hours"
	MailUndisturbed fmc.PromptID = "voicemail-undisturbed"

	// To a person of the company who calls.
	SayEmergency    fmc.PromptID = "emergency-hint"
	SayNotAllowed   fmc.PromptID = "not-allowed"
	SayNoAbroad     fmc.PromptID = "abroad-not-allowed"
	SayNoPremium    fmc.PromptID = "premium-not-allowed"
	SayWrongNumber  fmc.PromptID = "wrong-number"
	SayNoLine       fmc.PromptID = "no-line"
	SayNoNumber     fmc.PromptID = "no-number-to-show"
	SayBusy         fmc.PromptID = "person-busy"
	SayNoAnswer     fmc.PromptID = "no-answer"
	SayNothingThere fmc.PromptID = "nothing-there" // no call to pick up or to retrieve
	SayNextNumber   fmc.PromptID = "next-number"   // another number may be keyed
	SayCap          fmc.PromptID = "cap-used-up"
	SayAvailable    fmc.PromptID = "mode-on"
	SayMobileOnly   fmc.PromptID = "mode-mobile"
	SayDND          fmc.PromptID = "mode-dnd"
	SayUntil        fmc.PromptID = "mode-until" // and one or two numbers: the time of day
	SayNoMode       fmc.PromptID = "mode-wrong"

	// To a person of the company who called by their mobile, or was called back on it.
	SayDialTone      fmc.PromptID = "dial-tone" // a sound
	SayNextTone      fmc.PromptID = "next-tone" // the same for 4 s
	SayExtension     fmc.PromptID = "enter-extension"
	SayPIN           fmc.PromptID = "enter-pin"
	SayPINWrong      fmc.PromptID = "pin-wrong"
	SayCallBack      fmc.PromptID = "we-call-you-back"
	SaySIMNumber     fmc.PromptID = "client-sees-sim-number" // and digits: shown where a key says yes
	SayNumberBusy    fmc.PromptID = "number-busy"
	SayBusyCallBack  fmc.PromptID = "busy-call-back"
	SayUnreachable   fmc.PromptID = "number-unreachable"
	SayOffDuty       fmc.PromptID = "colleague-off-duty"
	SayAway          fmc.PromptID = "person-unavailable"
	SayUndisturbed   fmc.PromptID = "colleague-undisturbed"
	SayOffer         fmc.PromptID = "offer-voicemail"
	SayOfferNext     fmc.PromptID = "offer-voicemail-or-next"
	SaySeveral       fmc.PromptID = "several-calls"
	SayMessageFrom   fmc.PromptID = "message-from" // and digits
	SayMessageHidden fmc.PromptID = "message-hidden"
	SayMessageKeys   fmc.PromptID = "message-keys"
	SayMessageCall   fmc.PromptID = "message-keys-call"
	SayNoMessages    fmc.PromptID = "no-messages"
	SayNoMore        fmc.PromptID = "no-more-messages"
	SayPrompt        fmc.PromptID = "say-prompt"
	SayRecorded      fmc.PromptID = "prompt-recorded"

	// To a person of the company who is called and must confirm.
	WhisperCall    fmc.PromptID = "call-for-you" // where no group is called
	WhisperFrom    fmc.PromptID = "from"         // and a name or digits
	WhisperConfirm fmc.PromptID = "confirm"
	// WhisperCalledBack is for who asked to be called.
	WhisperCalledBack fmc.PromptID = "called-back"
)

// What prompts are made of besides.
const (
	prefixGroup     = "name/group/"
	prefixEmployee  = "name/employee/"
	prefixDigits    = "digits/"   // read one by one
	prefixCount     = "number/"   // read as one
	prefixRecorded  = "recorded/" // said by a person of the company: extension and a figure
	promptSeparator = "+"
)

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
