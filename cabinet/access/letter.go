package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"roadline/cabinet/notify"
	"roadline/fmc"
)

// letterKind is what a letter is about.
type letterKind uint8

const (
	invitationLetter letterKind = iota
	resetLetter
)

// errand is a letter that is to be mailed.
type errand struct {
	kind    letterKind
	company *fmc.Company
	to      *fmc.Employee
	link    string
	until   time.Time
}

// mostLetters wait to be mailed; more are not taken.
const mostLetters = 100

// mail gives a letter to Run, and reports whether it was taken. Nobody waits for the mail server: by how long an answer
// takes nobody learns whether there was a letter.
func (d *Door) mail(e errand) bool {
	select {
	case d.letters <- e:
		return true
	default:
		d.o.Log.Error("letter not mailed, too many wait", "company", e.company.Profile.ID, "account", e.to.ID)
		return false
	}
}

// mailTries is how often the mail server is asked to take a letter. Whoever waits for it asks for another then.
const (
	mailTries = 3
	mailPause = time.Second
)

// deliver mails a letter.
func (d *Door) deliver(ctx context.Context, e errand) {
	letter := letterOf(e, d.o.Now())
	var err error
	for range mailTries {
		if err = d.o.Post.Send(ctx, letter); err == nil {
			d.o.Log.Info("letter with a password's link mailed", "company", e.company.Profile.ID, "account", e.to.ID)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(mailPause):
		}
	}
	d.o.Log.Error("letter with a password's link not mailed", "company", e.company.Profile.ID, "account", e.to.ID, "err", err)
}

// letterText is a letter in one language: subject, of the company's name; text, of the person's name, the company's, the
// login, the link and until when it is good.
type letterText struct{ subject, text, when string }

var letterTexts = map[string][2]letterText{
	"en": {
		invitationLetter: {
			"Your access to %s", "Hello %s,\n\nyou have access to the telephony of %s. Your login is: %s\n\nChoose your password here:\n%s\n\n" +
				"The link works once, until %s. Nobody else needs it: do not pass it on.\n", "2 January 2006 15:04",
		},
		resetLetter: {
			"Another password for %s", "Hello %s,\n\nsomebody, you we hope, asked for another password for the telephony of %s. Your login is: %s\n\n" +
				"Choose it here:\n%s\n\nThe link works once, until %s. If it was not you, do nothing: your password stays as it is.\n", "2 January 2006 15:04",
		},
	},
	"ru": {
		invitationLetter: {
			"Ваш доступ: %s", "Здравствуйте, %s!\n\nВам открыт доступ к телефонии компании «%s». Ваш логин: %s\n\nПридумайте пароль здесь:\n%s\n\n" +
				"Ссылка сработает один раз, до %s. Больше она никому не нужна: не передавайте её.\n", "02.01.2006 15:04",
		},
		resetLetter: {
			"Новый пароль: %s", "Здравствуйте, %s!\n\nКто-то, надеемся, что Вы, попросил новый пароль для телефонии компании «%s». Ваш логин: %s\n\n" +
				"Придумайте его здесь:\n%s\n\nСсылка сработает один раз, до %s. Если это были не Вы, ничего не делайте: пароль останется прежним.\n", "02.01.2006 15:04",
		},
	},
}

// letterOf writes a letter in the company's language, with its clock.
func letterOf(e errand, now time.Time) notify.Letter {
	texts, ok := letterTexts[e.company.Profile.Language]
	if !ok {
		texts = letterTexts["en"]
	}
	zone := e.company.Profile.Zone
	if zone == nil {
		zone = time.UTC
	}
	t := texts[e.kind]
	return notify.Letter{
		ID: "access." + rand.Text(), To: e.to.Mail, Date: now.In(zone), Subject: fmt.Sprintf(t.subject, e.company.Profile.Name),
		Text: fmt.Sprintf(t.text, e.to.Name, e.company.Profile.Name, e.to.ID, e.link, e.until.In(zone).Format(t.when)),
	}
}
