package prompt

import (
	"slices"
	"strconv"
	"time"

	"roadline/media"
)

// saying is one text in both languages.
type saying struct {
	id               ID
	english, russian string
}

// sayings are what the house says. Where the plan puts a name, digits or a number behind or before one, it says so.
var sayings = []saying{
	// To a client.
	{"welcome", "Thank you for calling.", "Здравствуйте! Спасибо за звонок."},
	{"menu", "Please key the extension you want, or stay on the line.", "Наберите внутренний номер или оставайтесь на линии."},
	{"recording-notice", "This call is recorded to help us improve our service.", "Разговор записывается для контроля качества."},
	{"recording-refused", "This call is not recorded.", "Разговор не записывается."},
	{"no-such-extension", "There is no such extension.", "Такого внутреннего номера нет."},
	{"try-again", "That was not understood. Please try again.", "Номер не распознан. Попробуйте ещё раз."},
	{"person-busy", "The person you are calling is busy.", "Сотрудник сейчас разговаривает."},
	{"person-unavailable", "The person you are calling is not available.", "Сотрудник сейчас недоступен."},
	{"no-answer", "Nobody answers.", "Никто не отвечает."},
	{"off-hours", "You have reached us outside working hours.", "Вы позвонили в нерабочее время."},
	{"service-unavailable", "We cannot connect you at the moment. We will call you back.", "Сейчас мы не можем вас соединить. Мы вам перезвоним."},
	{"reconnecting", "The connection was lost. Please stay on the line, we are connecting you again.", "Связь прервалась. Оставайтесь на линии, мы соединяем вас снова."},
	{"queue-position", "Your place in the line is", "Ваш номер в очереди"}, // + number
	{"voicemail-group", "Nobody is free at the moment. Please leave a message after the tone.", "Сейчас все сотрудники заняты. Оставьте сообщение после сигнала."},
	{"voicemail-busy", "The person you are calling is busy. Please leave a message after the tone.", "Сотрудник сейчас разговаривает. Оставьте сообщение после сигнала."},
	{"voicemail-no-answer", "The person you are calling does not answer. Please leave a message after the tone.", "Сотрудник не отвечает. Оставьте сообщение после сигнала."},
	{"voicemail-unreachable", "The person you are calling cannot be reached. Please leave a message after the tone.", "Сотрудник сейчас недоступен. Оставьте сообщение после сигнала."},
	{"voicemail-off-hours", "You have reached us outside working hours. Please leave a message after the tone.", "Вы позвонили в нерабочее время. Оставьте сообщение после сигнала."},
	{"voicemail-undisturbed", "The person you are calling takes no calls at the moment. Please leave a message after the tone.", "Сотрудник сейчас не принимает звонки. Оставьте сообщение после сигнала."},
	{"leave-message", "Please leave a message after the tone.", "Оставьте сообщение после сигнала."},

	// To an employee.
	{"call-for-you", "A call for you.", "Вам звонят."},
	{"from", "From", "Звонит"}, // + a name or digits; said between group or call-for-you and who calls
	{"confirm", "Press one to take the call, two to pass it on, three for voicemail.", "Нажмите один, чтобы ответить, два, чтобы передать дальше, три для голосовой почты."},
	{"already-taken", "The call is already taken.", "На звонок уже ответили."},
	{"client-left", "The client has hung up.", "Клиент положил трубку."},
	{"nothing-there", "There is no call here.", "Здесь нет звонка."},
	{"next-number", "Please key the next number.", "Наберите следующий номер."},

	// To an employee who calls from the road, or is called back.
	{"enter-pin", "Please key your PIN and press hash.", "Введите пин-код и нажмите решётку."},
	{"pin-wrong", "This PIN is wrong.", "Пин-код неверный."},
	{"enter-extension", "Please key your extension, or stay on the line.", "Наберите свой внутренний номер или оставайтесь на линии."},
	{"we-call-you-back", "Please hang up. We will call you back.", "Положите трубку. Мы вам перезвоним."},
	{"called-back", "This is the call you asked for. Press one to be connected.", "Это звонок, который вы заказали. Нажмите один, чтобы соединиться."},
	{"client-sees-sim-number", "All lines of the company are busy. Press one to call from the mobile number", "Все линии компании заняты. Нажмите один, чтобы позвонить с мобильного номера"}, // + digits
	{"number-busy", "The number is busy.", "Номер занят."},
	{"busy-call-back", "The number is busy. Press five, and we will call you back and try again.", "Номер занят. Нажмите пять, и мы перезвоним вам и попробуем снова."},
	{"number-unreachable", "The number cannot be reached.", "Абонент недоступен."},

	// To an employee who calls a colleague.
	{"colleague-off-duty", "The person you are calling is not on duty now.", "У сотрудника сейчас нерабочее время."},
	{"colleague-undisturbed", "The person you are calling does not wish to be disturbed.", "Сотрудник просил не беспокоить."},
	{"offer-voicemail", "Press one to leave a message.", "Нажмите один, чтобы оставить сообщение."},
	{"offer-voicemail-or-next", "Press one to leave a message, two to speak to a colleague of theirs.", "Нажмите один, чтобы оставить сообщение, два, чтобы поговорить с другим сотрудником."},

	// To an employee, in a conversation.
	{"moved", "The call goes on at your other phone.", "Разговор продолжается на другом вашем телефоне."},
	{"time-is-up", "The time for this call is up.", "Время разговора истекло."},
	{"press-star-longer", "Press star longer, and then the figure.", "Нажмите звёздочку дольше, затем цифру."},
	{"several-calls", "You are in several calls. Key one for the latest, two for the one before it, and so on.", "У вас несколько разговоров. Нажмите один, чтобы взять последний, два, чтобы взять предыдущий, и так далее."},
	{"parked-in", "The call is parked at", "Звонок припаркован. Номер места"}, // + digits
	{"recording-paused", "The recording is paused.", "Запись приостановлена."},
	{"recording-resumed", "The recording goes on.", "Запись продолжается."},

	// To an employee who hears messages, or says a prompt.
	{"message-from", "Message from", "Сообщение с номера"}, // + digits
	{"message-hidden", "Message from a hidden number.", "Сообщение со скрытого номера."},
	{"message-keys", "Press one to hear it again, two for the next message.", "Нажмите один, чтобы прослушать ещё раз, два, чтобы перейти к следующему."},
	{"message-keys-call", "Press one to hear it again, two for the next message, five to call back.", "Нажмите один, чтобы прослушать ещё раз, два, чтобы перейти к следующему, пять, чтобы перезвонить."},
	{"no-messages", "There are no new messages.", "Новых сообщений нет."},
	{"no-more-messages", "There are no more messages.", "Больше сообщений нет."},
	{"say-prompt", "Speak after the tone, and press hash when you are done.", "Говорите после сигнала. Закончив, нажмите решётку."},
	{"prompt-recorded", "The recording is saved.", "Запись сохранена."},

	// To an employee who says how they wish to be rung.
	{"mode-on", "Your phones ring as usual.", "Ваши телефоны звонят как обычно."},
	{"mode-mobile", "Only your mobile rings.", "Звонит только ваш мобильный."},
	{"mode-dnd", "You are not disturbed.", "Вас не беспокоят."},
	{"mode-until", "This ends at", "Это действует до времени:"}, // + numbers: hour and minute
	{"mode-wrong", "That cannot be set.", "Так установить нельзя."},

	// Why a call is refused.
	{"emergency-hint", "This is an emergency number. Please hang up and dial it directly.", "Это номер экстренной службы. Положите трубку и наберите его напрямую."},
	{"not-allowed", "This call is not allowed.", "Этот звонок не разрешён."},
	{"abroad-not-allowed", "Calls abroad are not allowed.", "Звонки за границу не разрешены."},
	{"premium-not-allowed", "Calls to premium numbers are not allowed.", "Звонки на платные номера не разрешены."},
	{"cap-used-up", "You have used up what you may call today.", "Ваш лимит звонков на сегодня исчерпан."},
	{"wrong-number", "This number is wrong or not complete.", "Номер набран неправильно."},
	{"no-line", "All lines are busy. Please try again later.", "Все линии заняты. Перезвоните позже."},
	{"no-number-to-show", "There is no company number that this call may show.", "Нет номера компании, который можно показать в этом звонке."},
	{"number-not-proven", "It is not proven that the number to be shown is the company's own.", "Не подтверждено, что показываемый номер принадлежит компании."},
}

// Numbers that are one text each, as they are counted; the Russian ones in the nominative, as a place in a line is read.
var (
	englishNumbers = []string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
		"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
	}
	russianNumbers = []string{
		"ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать",
		"тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать", "двадцать",
	}
	englishTens     = []string{"thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	russianTens     = []string{"тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"}
	russianHundreds = []string{"сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"}
)

// Texts returns everything that the house says, in every language: its sentences, its numbers, and the tones that are
// named like prompts, "beep" and "error".
func Texts() []Text {
	var texts []Text
	add := func(id ID, english, russian string) {
		texts = append(texts, Text{ID: id, Language: English, Words: english}, Text{ID: id, Language: Russian, Words: russian})
	}
	for _, s := range sayings {
		add(s.id, s.english, s.russian)
	}
	for n, english := range englishNumbers {
		add(spokenNumber(n), english, russianNumbers[n])
	}
	for i, english := range englishTens {
		add(spokenNumber(30+10*i), english, russianTens[i])
	}
	for i, russian := range russianHundreds {
		add(spokenNumber(100+100*i), englishNumbers[i+1]+" hundred", russian)
	}
	for id, kind := range map[ID]media.ToneKind{"beep": media.Beep, "error": media.ErrorTone, "understood": media.ConfirmTone} {
		tone := media.SoundOf(string(id), media.NewTone(kind, ""), time.Second).WAV()
		texts = append(texts, Text{ID: id, Language: English, Recording: tone}, Text{ID: id, Language: Russian, Recording: tone})
	}
	return texts
}

// Words returns what a prompt of the house says, as it is written; false for one that it has no text for.
func Words(id ID, in Language) (string, bool) {
	i := slices.IndexFunc(sayings, func(s saying) bool { return s.id == id })
	switch {
	case i < 0:
		return "", false
	case in == Russian:
		return sayings[i].russian, true
	default:
		return sayings[i].english, true
	}
}

// spokenNumber is the id of a number that is one text: 0 to 20, tens and hundreds.
func spokenNumber(n int) ID { return ID("spoken/" + strconv.Itoa(n)) }
