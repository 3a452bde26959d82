package guard

// What a decoder makes of JSON is larger than its bytes: an empty object in a list is two
// bytes and a Pod of 1.1 KiB. So values are weighed before they are decoded.
const (
	// weightOfValue is what a map's entry or a list's element takes.
	weightOfValue = 64
	// weightOfElement is what an object in a list takes: the largest Go struct of those that are decoded.
	weightOfElement = 1 << 10
)

// scanner follows JSON through its strings and brackets, without checking it: that is the
// decoder's.
type scanner struct {
	// containers has one entry for each open bracket: whether it is a list.
	containers []bool
	inString   bool
	escaped    bool
	// started: the first byte of a value was seen.
	started bool
	values  int64
	objects int64
	tooDeep bool
}

// scan follows text to the end of an object or list at the top, and returns the index after
// it, or -1 if the text ends before.
func (s *scanner) scan(text []byte) int {
	for i := 0; i < len(text); i++ {
		if s.inString {
			if i += s.skip(text[i:]); i == len(text) {
				return -1
			}
		}
		switch c := text[i]; c {
		case '"':
			s.inString, s.started = !s.inString, true
		case '{', '[':
			s.open(c == '[')
		case '}', ']':
			if s.close() {
				return i + 1
			}
		case ',':
			s.values++
		case ' ', '\n', '\r', '\t':
		default:
			s.started = true
		}
	}
	return -1
}

// skip is how far it is to the end of the string that text is in.
func (s *scanner) skip(text []byte) int {
	for i, c := range text {
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == '"':
			return i
		}
	}
	return len(text)
}

func (s *scanner) open(list bool) {
	s.started = true
	s.values++
	if depth := len(s.containers); !list && depth > 0 && s.containers[depth-1] {
		s.objects++
	}
	if len(s.containers) == mostDepth {
		s.tooDeep = true
		return
	}
	s.containers = append(s.containers, list)
}

// close reports whether the value at the top is complete.
func (s *scanner) close() bool {
	if len(s.containers) > 0 {
		s.containers = s.containers[:len(s.containers)-1]
	}
	return len(s.containers) == 0
}

// weight is what the bytes become in memory: themselves, twice while they are handed over,
// and what is decoded.
func (s *scanner) weight(bytes int64) int64 {
	return 2*bytes + s.values*weightOfValue + s.objects*weightOfElement
}

func (s *scanner) reset() { *s = scanner{containers: s.containers[:0]} }
