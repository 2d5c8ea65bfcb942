package durableaws

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/durable"
)

// Attributes of an item beside those of its key and of the secondary index, whose
// names the template has to know, too.
const (
	attributeState    = "state"
	attributeDeleted  = "deleted"
	attributeRecent   = "recent"
	attributeSize     = "size"
	attributeModified = "modified"
	attributeWriter   = "writer"
)

type item = map[string]types.AttributeValue

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func number(value int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(value, 10)}
}

func partitionName(partition int) string { return fmt.Sprintf("%02d", partition) }

func keyOf(key string) item {
	return item{
		contract.IndexPartition: text(partitionName(durable.PartitionOf(key))),
		contract.IndexKey:       text(key),
	}
}

func itemOf(e durable.Entry) item {
	values := keyOf(e.Key)
	values[attributeState] = text(e.State)
	values[attributeSize] = number(e.Size)
	values[attributeModified] = number(e.Modified.UnixMilli())
	values[attributeWriter] = text(e.Writer)
	if e.Deleted {
		values[attributeDeleted] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if e.Missing != "" {
		values[contract.IndexMissing] = text(e.Missing)
	}
	if len(e.Recent) > 0 {
		recent := make([]types.AttributeValue, 0, len(e.Recent))
		for _, state := range e.Recent {
			recent = append(recent, text(state))
		}
		values[attributeRecent] = &types.AttributeValueMemberL{Value: recent}
	}
	return values
}

// entryOf reads an item. Anything but an entry in it is an error: nobody else
// writes to the table.
func entryOf(values item) (durable.Entry, error) {
	r := reader{values: values}
	e := durable.Entry{
		Key: r.text(contract.IndexKey), State: r.text(attributeState), Writer: r.text(attributeWriter),
		Size: r.number(attributeSize), Modified: time.UnixMilli(r.number(attributeModified)).UTC(),
	}
	if r.problem != nil {
		return durable.Entry{}, r.problem
	}
	if deleted, given := values[attributeDeleted].(*types.AttributeValueMemberBOOL); given {
		e.Deleted = deleted.Value
	}
	if missing, given := values[contract.IndexMissing].(*types.AttributeValueMemberS); given {
		e.Missing = missing.Value
	}
	if recent, given := values[attributeRecent].(*types.AttributeValueMemberL); given {
		for _, value := range recent.Value {
			if state, given := value.(*types.AttributeValueMemberS); given {
				e.Recent = append(e.Recent, state.Value)
			}
		}
	}
	return e, nil
}

type reader struct {
	values  item
	problem error
}

func (r *reader) text(name string) string {
	value, given := r.values[name].(*types.AttributeValueMemberS)
	if !given {
		r.problem = fmt.Errorf("an item of the index has no text %q", name)
		return ""
	}
	return value.Value
}

func (r *reader) number(name string) int64 {
	value, given := r.values[name].(*types.AttributeValueMemberN)
	if !given {
		r.problem = fmt.Errorf("an item of the index has no number %q", name)
		return 0
	}
	n, err := strconv.ParseInt(value.Value, 10, 64)
	if err != nil {
		r.problem = fmt.Errorf("the attribute %q of an item of the index: %w", name, err)
	}
	return n
}
