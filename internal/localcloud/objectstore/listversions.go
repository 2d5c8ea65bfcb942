package objectstore

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxListed is the largest page of a listing.
const maxListed = 1000

type versionListing struct {
	XMLName                 xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListVersionsResult"`
	Name, Prefix, KeyMarker string
	VersionIDMarker         string `xml:"VersionIdMarker"`
	NextKeyMarker           string `xml:",omitempty"`
	NextVersionIDMarker     string `xml:"NextVersionIdMarker,omitempty"`
	MaxKeys                 int
	IsTruncated             bool
	Versions                []listedVersion `xml:"Version"`
	DeleteMarkers           []listedVersion `xml:"DeleteMarker"`
}

type listedVersion struct {
	Key          string
	VersionID    string `xml:"VersionId"`
	IsLatest     bool
	LastModified string
	ETag         string `xml:",omitempty"`
	Size         *int   `xml:",omitempty"`
}

// listVersions answers with all versions: by key, and the newest of a key first.
func (f *front) listVersions(w http.ResponseWriter, r *http.Request, b *bucket) error {
	query := r.URL.Query()
	if query.Get("delimiter") != "" {
		return notImplemented("a listing of versions with a delimiter")
	}
	most := maxListed
	if text := query.Get("max-keys"); text != "" {
		asked, err := strconv.Atoi(text)
		if err != nil || asked < 1 {
			return refuse(http.StatusBadRequest, "InvalidArgument", "max-keys must be at least 1, got %q", text)
		}
		most = min(most, asked)
	}
	listing := versionListing{
		Name: b.name, Prefix: query.Get("prefix"), KeyMarker: query.Get("key-marker"), VersionIDMarker: query.Get("version-id-marker"), MaxKeys: most,
	}
	count := 0
	var last *Version
	b.walkVersions(listing.KeyMarker, listing.VersionIDMarker, func(v *Version, latest bool) bool {
		if !strings.HasPrefix(v.Key, listing.Prefix) {
			return true
		}
		if count == most {
			listing.IsTruncated, listing.NextKeyMarker, listing.NextVersionIDMarker = true, last.Key, last.ID
			return false
		}
		count, last = count+1, v
		listing.add(v, latest)
		return true
	})
	w.Header().Set("Content-Type", "application/xml")
	return xml.NewEncoder(w).Encode(listing)
}

func (l *versionListing) add(v *Version, latest bool) {
	listed := listedVersion{Key: v.Key, VersionID: v.ID, IsLatest: latest, LastModified: v.Created.UTC().Format(time.RFC3339Nano)}
	if v.Deleted {
		l.DeleteMarkers = append(l.DeleteMarkers, listed)
		return
	}
	size := len(v.body)
	listed.ETag, listed.Size = `"`+v.ETag()+`"`, &size
	l.Versions = append(l.Versions, listed)
}

// walkVersions visits all versions after a key and one of its versions.
func (b *bucket) walkVersions(key, id string, visit func(v *Version, latest bool) bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, k := range b.keys {
		if k < key || k == key && id == "" && key != "" {
			continue
		}
		versions := b.objects[k]
		skip := k == key && id != ""
		for i := len(versions) - 1; i >= 0; i-- {
			if skip {
				skip = versions[i].ID != id
				continue
			}
			if !visit(versions[i], i == len(versions)-1) {
				return
			}
		}
	}
}
