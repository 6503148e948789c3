console.log('hello from the tarball')
