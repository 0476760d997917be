package secret

// keywords finds many short texts in one pass, in any case of ASCII letters (after Aho and Corasick).
type keywords struct {
	class [256]uint8 // of a byte; 0: in no keyword
	width int        // how many classes there are
	next  []uint16   // node*width+class -> node
	found [][]uint16 // node -> what ends there
	size  []int      // of what ends: how long it is
}

// newKeywords makes the automaton. What is found is told by its place in the list.
func newKeywords(list []string) *keywords {
	k := &keywords{width: 1}
	for _, word := range list {
		for i := range len(word) {
			if c := lower(word[i]); k.class[c] == 0 {
				k.class[c] = uint8(k.width)
				k.width++
			}
		}
		k.size = append(k.size, len(word))
	}
	for c := 'A'; c <= 'Z'; c++ {
		k.class[c] = k.class[lower(byte(c))]
	}
	k.grow(list)
	k.link()
	return k
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (k *keywords) node() uint16 {
	k.next = append(k.next, make([]uint16, k.width)...)
	k.found = append(k.found, nil)
	return uint16(len(k.found) - 1)
}

// grow makes the tree of all keywords.
func (k *keywords) grow(list []string) {
	k.node()
	for n, word := range list {
		at := uint16(0)
		for i := range len(word) {
			edge := int(at)*k.width + int(k.class[lower(word[i])])
			if k.next[edge] == 0 {
				made := k.node()
				k.next[edge] = made
			}
			at = k.next[edge]
		}
		k.found[at] = append(k.found[at], uint16(n))
	}
}

// link leads each node on to the longest ending of it that another keyword begins with, nodes near the root first.
func (k *keywords) link() {
	fallback := make([]uint16, len(k.found))
	var order []uint16
	for c := range k.width {
		if child := k.next[c]; child != 0 {
			order = append(order, child)
		}
	}
	for i := 0; i < len(order); i++ {
		at := order[i]
		back := fallback[at]
		k.found[at] = append(k.found[at], k.found[back]...)
		for c := range k.width {
			edge := int(at)*k.width + c
			if child := k.next[edge]; child != 0 {
				fallback[child] = k.next[int(back)*k.width+c]
				order = append(order, child)
			} else {
				k.next[edge] = k.next[int(back)*k.width+c]
			}
		}
	}
}

// scan calls hit for each keyword in the text, with its number and its place.
func (k *keywords) scan(text []byte, hit func(word, start, end int)) {
	at := 0
	for i, c := range text {
		at = int(k.next[at*k.width+int(k.class[c])])
		for _, word := range k.found[at] {
			hit(int(word), i+1-k.size[word], i+1)
		}
	}
}
