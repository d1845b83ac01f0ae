// Package prompt owns what the company says to people who call or are called: the house's texts in each language, the
// speech made of them and of the company's own words, and the library from which calls take it. Speech is made at
// set-up and when a company is applied, by espeak-ng, and kept in a folder; while calls run nothing here starts a program,
// and the disk is touched for what is seldom said alone. It never decides what is said, and never plays: it hands out
// media.Sounds.
//
// Start reading at Library; Studio makes the speech, Texts is what the house says, Find puts names, digits and numbers
// together.
package prompt

import "roadline/media"

// ID names what is said: "recording-notice". Ids put together by "+" are said one after the other:
// "name/group/sales+confirm+from+digits/79161234567".
type ID string

// The ids that stand for more than one text.
const (
	separator    = "+"
	nameOf    ID = "name/"   // a person or a group; left out of what is said where nobody has spoken it yet
	digitsOf  ID = "digits/" // followed by digits, read one by one
	numberOf  ID = "number/" // followed by a number, read as one
)

// Language of what is said, as in ISO 639-1.
type Language string

// The languages that the house speaks.
const (
	English Language = "en"
	Russian Language = "ru"
)

// Text is something to be said. A Recording, a WAV file of the company's own, is heard instead of speech, and so is a Sound,
// which was brought to its level before. Of several of one name the last counts.
type Text struct {
	ID        ID
	Language  Language
	Words     string
	Recording []byte
	Sound     media.Sound
	Music     bool // of Sound: it is played on and on without a pause
	Seldom    bool // of Words: each call that says them reads them from the studio's folder, as the names of a thousand people
}

// Utterance is what an ID says: sounds to be heard one after the other.
type Utterance struct {
	Sounds  []media.Sound
	Music   bool   // it is all music, played on and on without a pause
	Version string // changes with the words and with the voice; of one text it is its file's name in the studio's folder
	Lost    error  // what is seldom said and could not be read; where it is a name, the rest is said without it
}
