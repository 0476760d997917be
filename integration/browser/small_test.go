package browser

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// drawn is a picture of many colours, most of which is white.
func drawn(t *testing.T, width, height int) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	for i := range width {
		p.SetRGBA(i, 1, color.RGBA{R: uint8(i), G: uint8(i / 2), B: 9, A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSmall(t *testing.T) {
	t.Parallel()
	raw, err := small(drawn(t, 400, 50), 300, 40)
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(raw))
	if err != nil || p.Bounds() != image.Rect(0, 0, 300, 40) {
		t.Fatalf("%v: %v", err, p.Bounds())
	}
	few, ok := p.(*image.Paletted)
	if !ok || len(few.Palette) != colours {
		t.Errorf("it is a %T", p)
	}
	if r, g, b, _ := p.At(5, 20).RGBA(); r != 0xffff || g != 0xffff || b != 0xffff {
		t.Errorf("what is white is %d %d %d", r, g, b)
	}
	if _, err := small(drawn(t, 40, 50), 40, 60); err == nil {
		t.Error("a picture that is cut off is taken")
	}
	if _, err := small([]byte("x"), 1, 1); err == nil {
		t.Error("anything is taken for a picture")
	}
}
