package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// frameEvery is the time between two frames.
const frameEvery = 500 * time.Millisecond

// film is a recording of a page.
type film struct {
	tab    context.Context //nolint:containedctx // chromedp keeps the tab there
	until  time.Time
	frames []image.Image
}

// record until the headline is as wanted, or without one until a time.
func (f *film) record(want string) error {
	for {
		started := time.Now()
		picture, err := chromedp.Run(f.tab, chromedp.CaptureScreenshot())
		if err != nil {
			return fmt.Errorf("take a frame: %w", err)
		}
		frame, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			return fmt.Errorf("read a frame: %w", err)
		}
		f.frames = append(f.frames, frame)
		text, err := headline(f.tab)
		if err != nil || want != "" && strings.Contains(text, want) || want == "" && time.Now().After(f.until) {
			return err
		}
		time.Sleep(time.Until(started.Add(frameEvery)))
	}
}

// save as an animated GIF that waits a while at its end. A pixel that stays as
// it is is stored as transparent, which takes next to no room.
func (f *film) save(name string) error {
	colours := paletteOf(f.frames, 255)
	animation := &gif.GIF{}
	var last *image.Paletted
	for _, frame := range f.frames {
		whole := quantize(frame, colours)
		changed, differs := difference(last, whole)
		last = whole
		if !differs {
			animation.Delay[len(animation.Delay)-1] += hundredths(frameEvery)
			continue
		}
		animation.Image = append(animation.Image, changed)
		animation.Delay = append(animation.Delay, hundredths(frameEvery))
		animation.Disposal = append(animation.Disposal, gif.DisposalNone)
	}
	animation.Delay[len(animation.Delay)-1] = hundredths(4 * time.Second)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, animation); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	return save(name, b.Bytes())
}

func hundredths(d time.Duration) int { return int(d / (10 * time.Millisecond)) }

// paletteOf the colours that occur most.
func paletteOf(frames []image.Image, size int) color.Palette {
	counts := map[color.Color]int{}
	for _, frame := range frames {
		for y := range frame.Bounds().Dy() {
			for x := range frame.Bounds().Dx() {
				counts[frame.At(x, y)]++
			}
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return cmp.Compare(counts[b], counts[a]) })
	return color.Palette(colours[:min(len(colours), size)])
}

func quantize(frame image.Image, colours color.Palette) *image.Paletted {
	whole := image.NewPaletted(frame.Bounds(), colours)
	known := map[color.Color]uint8{}
	for y := range frame.Bounds().Dy() {
		for x := range frame.Bounds().Dx() {
			c := frame.At(x, y)
			index, found := known[c]
			if !found {
				index = uint8(colours.Index(c)) //nolint:gosec // a palette has 256 colours
				known[c] = index
			}
			whole.SetColorIndex(x, y, index)
		}
	}
	return whole
}

// difference shows the pixels of a frame that the one before it does not.
func difference(before, after *image.Paletted) (*image.Paletted, bool) {
	if before == nil {
		return after, true
	}
	transparent := uint8(len(after.Palette)) //nolint:gosec // a palette has 255 colours here
	changed := image.NewPaletted(after.Bounds(), append(slices.Clone(after.Palette), color.Transparent))
	differs := false
	for i, index := range after.Pix {
		changed.Pix[i] = transparent
		if index != before.Pix[i] {
			changed.Pix[i], differs = index, true
		}
	}
	return changed, differs
}

// savePage stores a picture of a page, which has few colours, in little room.
func savePage(name string, picture []byte) error {
	page, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return fmt.Errorf("read the picture: %w", err)
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, quantize(page, paletteOf([]image.Image{page}, 256))); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return save(name, b.Bytes())
}
