package pdu

// Split cuts a text into parts as Compose does, each as SMPP carries it: GSM7 with one septet in an octet, UCS2 in octets.
// Where there are several, each has room for a header of six octets. It counts on; whoever sends refuses what is too long.
func Split(text string) (parts [][]byte, alphabet Alphabet) {
	units, alphabet := spell(text)
	return cut(units, alphabet, false), alphabet
}

// ReadUnpacked is the text of septets that stand in an octet each.
func ReadUnpacked(septets []byte) string { return readSeptets(septets, 0, 0) }

// ReadUCS2 is the text of octets of UCS2; what its writer cut within a character has U+FFFD there.
func ReadUCS2(octets []byte) string { return readUCS2(octets) }

// ReadData shows octets to a person: the text where all of it is printable ASCII, else hex.
func ReadData(octets []byte) string { return readData(octets) }
