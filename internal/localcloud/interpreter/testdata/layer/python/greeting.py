HELLO = "hello from a layer"
